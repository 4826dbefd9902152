package cloud

import "regexp"

var reMappingKey = regexp.MustCompile(`^[A-Za-z0-9$_.+!*'()/-]{0,300}$`)

// MappingSettings are the settings that CreateApiMapping and UpdateApiMapping take.
type MappingSettings struct {
	APIID string
	Stage string
	Key   string // the beginning of the path; empty for all paths
}

// Mapping maps paths of a domain name to a stage.
type Mapping struct {
	MappingSettings
	MappingID string `state:",id"`
	Domain    string `state:",name"`
}

func (m *Mapping) view(*state) Mapping { return *m }

var mappings = &shelf[*domainName, *Mapping, Mapping]{
	things:  func(d *domainName) *map[string]*Mapping { return &d.Mappings },
	missing: missing[*domainName](CodeNotFound, "Invalid API mapping identifier specified: %s"),
	quota:   quota{maxMappings, CodeTooManyRequests, "API mappings of a domain name"},
}

// domainPlace holds the mappings of a domain name.
type domainPlace struct {
	*Region
	name string
}

func (p domainPlace) view(f func(*domainName) error) error {
	return domainNames.read(p.Region, p.name, func(_ *region, d *domainName) error { return f(d) })
}

func (p domainPlace) mutate(action, target string, f func(*domainName) error) error {
	return p.Region.mutate(action, p.name+"/"+target, func(st *region) error {
		d, err := domainNames.find(p.Region, st, p.name)
		if err != nil {
			return err
		}
		return f(d)
	})
}

// checkMapping checks the settings of the mapping with an id, which is empty for a new one.
func (r *Region) checkMapping(d *domainName, id string, in MappingSettings) error {
	if !reMappingKey.MatchString(in.Key) {
		return errorf(CodeBadRequest, "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(): %q", in.Key)
	}
	if in.Key != "" {
		return notModelled("API mappings with a key")
	}
	for other, m := range d.Mappings {
		if other != id && m.Key == in.Key {
			return errorf(CodeConflict, "ApiMapping key already exists for this domain name: %s", d.Domain)
		}
	}
	st := r.world().Accounts[r.account.id].Regions[r.name]
	a := st.APIs[in.APIID]
	if a == nil {
		return errorf(CodeNotFound, "Invalid API identifier specified: %s", in.APIID)
	}
	if a.Stages[in.Stage] == nil {
		return errorf(CodeBadRequest, "Invalid stage identifier specified: %s", in.Stage)
	}
	return nil
}

// CreateApiMapping maps a domain name to a stage.
func (r *Region) CreateApiMapping(domain string, in MappingSettings) (Mapping, error) {
	return mappings.create(domainPlace{r, domain}, "CreateApiMapping", in.Key, func(d *domainName) (string, *Mapping, error) {
		if err := r.checkMapping(d, "", in); err != nil {
			return "", nil, err
		}
		id := authorizerID()
		return id, &Mapping{MappingSettings: in, MappingID: id, Domain: domain}, nil
	})
}

// GetApiMapping returns a mapping.
func (r *Region) GetApiMapping(domain, id string) (Mapping, error) {
	return mappings.get(domainPlace{r, domain}, id)
}

// GetApiMappings returns the mappings of a domain name.
func (r *Region) GetApiMappings(domain string) ([]Mapping, error) {
	return mappings.list(domainPlace{r, domain}, nil)
}

// UpdateApiMapping replaces a mapping's settings.
func (r *Region) UpdateApiMapping(domain, id string, in MappingSettings) error {
	return mappings.change(domainPlace{r, domain}, "UpdateApiMapping", id, func(d *domainName, m *Mapping) error {
		if err := r.checkMapping(d, id, in); err != nil {
			return err
		}
		m.MappingSettings = in
		return nil
	})
}

// DeleteApiMapping deletes a mapping.
func (r *Region) DeleteApiMapping(domain, id string) error {
	return mappings.remove(domainPlace{r, domain}, "DeleteApiMapping", id, nil)
}

// unmapped returns an error if a domain name is mapped to the API, and to the stage if one
// is named. The message about a stage is from REST APIs. The one for HTTP APIs is not
// documented.
func (r *Region) unmapped(api, stage string) error {
	for _, d := range r.world().Accounts[r.account.id].Regions[r.name].DomainNames {
		for _, m := range d.Mappings {
			switch {
			case m.APIID != api || stage != "" && m.Stage != stage:
			case stage != "":
				return errorf(CodeBadRequest, "Deleting stage %s failed. Please remove all base path mappings "+
					"related to the stage in your domains", stage)
			default:
				return errorf(CodeBadRequest, "Deleting API %s failed. Please remove all API mappings for the API "+
					"from your custom domain names", api)
			}
		}
	}
	return nil
}
