package cloud

import (
	"slices"
	"strings"
)

// Record is a record of a hosted zone: an alias, or values.
type Record struct {
	Name   string `state:",title"` // in lower case, without a dot at the end
	Type   string
	Alias  *Alias
	Values []string
}

// Alias is the target of an alias record.
type Alias struct {
	DNSName              string
	HostedZoneID         string
	EvaluateTargetHealth bool
}

// hostedZone is a public hosted zone of Route 53.
type hostedZone struct {
	Name    string             `state:",title"`
	Records map[string]*Record `state:"record"` // by type and name
}

func (r *Record) view(*state) Record { return *r }

func recordKey(name, kind string) string {
	return kind + " " + strings.ToLower(strings.TrimSuffix(name, "."))
}

var records = &shelf[*hostedZone, *Record, Record]{
	things:  func(z *hostedZone) *map[string]*Record { return &z.Records },
	missing: missing[*hostedZone](CodeNoSuchRecord, "no record %s"),
	quota:   quota{maxRecords, CodeInvalidChangeBatch, "records of a hosted zone"},
}

// zonePlace holds the records of a hosted zone.
type zonePlace struct {
	*Account
	id string
}

func (p zonePlace) find(a *account) (*hostedZone, error) {
	if z := a.HostedZones[p.id]; z != nil {
		return z, nil
	}
	return nil, errorf(CodeNoSuchHostedZone, "No hosted zone found with ID: %s", p.id)
}

func (p zonePlace) view(f func(*hostedZone) error) error {
	return p.Account.view(func(a *account) error {
		z, err := p.find(a)
		if err != nil {
			return err
		}
		return f(z)
	})
}

func (p zonePlace) mutate(action, target string, f func(*hostedZone) error) error {
	return p.Account.mutate(action, p.id+"/"+target, func(a *account) error {
		z, err := p.find(a)
		if err != nil && p.world().Open { // it may exist outside of the Cloud, with any name
			z, err = a.addZone(p.id, ""), nil
		}
		if err != nil {
			return err
		}
		return f(z)
	})
}

func (a *account) addZone(id, name string) *hostedZone {
	if a.HostedZones == nil {
		a.HostedZones = map[string]*hostedZone{}
	}
	if a.HostedZones[id] == nil {
		a.HostedZones[id] = &hostedZone{Name: name}
	}
	return a.HostedZones[id]
}

// AddHostedZone adds a hosted zone, unless it exists.
func (a *Account) AddHostedZone(id, name string) error {
	return a.mutate("CreateHostedZone", id, func(st *account) error { st.addZone(id, name); return nil })
}

// check applies the rules for a record that is to be in a zone.
func (r Record) check(s *state, z *hostedZone) error {
	if r.Name != z.Name && !strings.HasSuffix(r.Name, "."+z.Name) && z.Name != "" {
		return errorf(CodeInvalidChangeBatch, "[RRSet with DNS name %s. is not permitted in zone %s.]", r.Name, z.Name)
	}
	for _, other := range z.Records {
		if other.Name == r.Name && other.Type != r.Type && (other.Type == "CNAME" || r.Type == "CNAME") {
			return errorf(CodeInvalidChangeBatch, "[RRSet of type %s with DNS name %s. is not permitted because a conflicting RRSet "+
				"of type %s with the same DNS name already exists in zone %s.]", r.Type, r.Name, other.Type, z.Name)
		}
	}
	if r.Alias != nil && !s.isTarget(*r.Alias) {
		return errorf(CodeInvalidChangeBatch, "[Tried to create an alias that targets %s., type %s in zone %s, "+
			"but that target was not found]", r.Alias.DNSName, r.Type, r.Alias.HostedZoneID)
	}
	return nil
}

// isTarget reports whether an alias points to a domain name of API Gateway: other targets
// are not modelled.
func (s *state) isTarget(alias Alias) bool {
	for _, a := range s.Accounts {
		for _, r := range a.Regions {
			for _, d := range r.DomainNames {
				if d.Endpoint.TargetDomainName == alias.DNSName && d.Endpoint.HostedZoneID == alias.HostedZoneID {
					return true
				}
			}
		}
	}
	return false
}

// The changes of ChangeResourceRecordSets, which are one action on AWS.
const (
	createRecord = "ChangeResourceRecordSets(CREATE)"
	updateRecord = "ChangeResourceRecordSets(UPSERT)"
	deleteRecord = "ChangeResourceRecordSets(DELETE)"
)

// CreateRecord adds a record to a hosted zone.
func (a *Account) CreateRecord(zone string, in Record) (Record, error) {
	key := recordKey(in.Name, in.Type)
	return records.create(zonePlace{a, zone}, createRecord, key, func(z *hostedZone) (string, *Record, error) {
		in.Name = strings.TrimPrefix(key, in.Type+" ")
		if z.Records[key] != nil {
			return "", nil, errorf(CodeInvalidChangeBatch,
				"[Tried to create resource record set [name='%s.', type='%s'] but it already exists]", in.Name, in.Type)
		}
		return key, &in, in.check(a.world(), z)
	})
}

// GetRecord returns a record of a hosted zone.
func (a *Account) GetRecord(zone, name, kind string) (Record, error) {
	return records.get(zonePlace{a, zone}, recordKey(name, kind))
}

// GetRecords returns all records, by zone.
func (a *Account) GetRecords() (map[string][]Record, error) {
	all := map[string][]Record{}
	err := a.view(func(st *account) error {
		for id, z := range st.HostedZones {
			for _, key := range sortedKeys(z.Records) {
				all[id] = append(all[id], clone(*z.Records[key]))
			}
		}
		return nil
	})
	return reply(all, err)
}

// UpdateRecord replaces the alias or the values of a record.
func (a *Account) UpdateRecord(zone string, in Record) error {
	key := recordKey(in.Name, in.Type)
	return records.change(zonePlace{a, zone}, updateRecord, key, func(z *hostedZone, old *Record) error {
		in.Name = old.Name
		if err := in.check(a.world(), z); err != nil {
			return err
		}
		old.Alias, old.Values = clone(in.Alias), slices.Clone(in.Values)
		return nil
	})
}

// DeleteRecord deletes a record.
func (a *Account) DeleteRecord(zone, name, kind string) error {
	return records.remove(zonePlace{a, zone}, deleteRecord, recordKey(name, kind), nil)
}
