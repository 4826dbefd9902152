package cloud

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Clone returns a deep copy with the same ids, keys and secrets. The hook of
// [Cloud.OnMutation] is not copied.
func (c *Cloud) Clone() *Cloud { return &Cloud{state: c.copyState()} }

func (c *Cloud) copyState() state {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var copied state
	b, err := json.Marshal(c.state)
	if err == nil {
		err = json.Unmarshal(b, &copied)
	}
	if err != nil {
		panic(fmt.Sprintf("cloud: state cannot be copied: %v", err)) // plain data: cannot happen
	}
	return copied
}

// MarshalJSON returns everything that the Cloud remembers but secrets. Access keys
// and MFA devices have none when they are read back, and sessions are gone: stacks
// can be deployed to such a Cloud, but it must not serve requests.
func (c *Cloud) MarshalJSON() ([]byte, error) {
	public := c.copyState()
	forgetSecrets(reflect.ValueOf(&public))
	return json.Marshal(public)
}

// forgetSecrets empties the fields that a [rule] says are secret.
func forgetSecrets(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			forgetSecrets(v.Elem())
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			forgetSecrets(v.MapIndex(key))
		}
	case reflect.Slice:
		for i := range v.Len() {
			forgetSecrets(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Type().Field(i); {
			case ruleOf(f).option == "secret":
				v.Field(i).SetZero()
			case f.IsExported() || f.Anonymous:
				forgetSecrets(v.Field(i))
			}
		}
	}
}

// UnmarshalJSON replaces everything that the Cloud remembers by what MarshalJSON
// has written.
func (c *Cloud) UnmarshalJSON(text []byte) error {
	var read state
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("accounts cannot be read: %w", err)
	}
	if read.Accounts[APIAccount] == nil || read.Accounts[CallerAccount] == nil {
		return fmt.Errorf("accounts cannot be read: there must be %s and %s", APIAccount, CallerAccount)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = read
	return nil
}
