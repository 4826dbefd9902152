package cloud

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Clone returns a deep copy with the same ids, keys and secrets, but without
// the hook of [Cloud.OnMutation].
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

// MarshalJSON returns the whole state except for secrets and sessions. Stacks
// can be deployed to a Cloud that is read back from it, but it cannot serve
// requests, because its access keys and MFA devices have no secrets.
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

// UnmarshalJSON replaces the state by one that MarshalJSON returned.
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
	c.version.Add(1)
	c.state = read
	return nil
}
