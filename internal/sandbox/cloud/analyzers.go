package cloud

import (
	"fmt"
	"regexp"
	"time"
)

const analyzerAccount = "ACCOUNT"

// Analyzer is an external-access analyzer of IAM Access Analyzer. Its service-linked role
// and its findings are not modelled.
type Analyzer struct {
	AnalyzerName string `state:",name"`
	Type         string // ACCOUNT
	ARN          string `state:"-"`
	CreatedAt    time.Time
	Tags         map[string]string
}

func (a *Analyzer) view(*state) Analyzer { return *a }

var reAnalyzerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,254}$`)

var analyzers = &shelf[*region, *Analyzer, Analyzer]{
	things:  func(r *region) *map[string]*Analyzer { return &r.Analyzers },
	missing: missing[*region](CodeResourceNotFound, "analyzer %s not found"),
	taken:   refusal{CodeConflict, "an analyzer with the name %s already exists"},
	quota:   quota{maxAnalyzers, CodeServiceQuotaExceeded, "account-level analyzers of a type in a region"},
	tags:    func(a *Analyzer) *map[string]string { return &a.Tags },
	tagCode: CodeValidationException,
}

func (r *Region) analyzerARN(name string) string {
	return fmt.Sprintf("arn:aws:access-analyzer:%s:%s:analyzer/%s", r.name, r.account.id, name)
}

// CreateAnalyzer creates an analyzer. An account has one of a type in a region, at most.
func (r *Region) CreateAnalyzer(name, kind string, tags map[string]string) (Analyzer, error) {
	return analyzers.create(r, "CreateAnalyzer", name, func(*region) (string, *Analyzer, error) {
		if !reAnalyzerName.MatchString(name) {
			return "", nil, errorf(CodeValidationException,
				"analyzer name %q is invalid: 1 to 255 letters, digits and _.-, beginning with a letter", name)
		}
		if err := oneOf(CodeValidationException, "analyzer type", kind, analyzerAccount, "ORGANIZATION", "ACCOUNT_UNUSED_ACCESS",
			"ORGANIZATION_UNUSED_ACCESS", "ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"); err != nil {
			return "", nil, err
		}
		if kind != analyzerAccount {
			return "", nil, notModelled("analyzers of type " + kind)
		}
		if err := regionTags(tags, CodeValidationException); err != nil {
			return "", nil, err
		}
		return name, &Analyzer{AnalyzerName: name, Type: kind, ARN: r.analyzerARN(name), CreatedAt: now(), Tags: tags}, nil
	})
}

// GetAnalyzer returns an analyzer.
func (r *Region) GetAnalyzer(name string) (Analyzer, error) { return analyzers.get(r, name) }

// ListAnalyzers returns the region's analyzers, by name.
func (r *Region) ListAnalyzers() ([]Analyzer, error) { return analyzers.list(r, nil) }

// DeleteAnalyzer deletes an analyzer.
func (r *Region) DeleteAnalyzer(name string) error {
	return analyzers.remove(r, "DeleteAnalyzer", name, nil)
}
