package iam

import (
	"fmt"
	"strings"
)

// stringMatcher compares texts, which may hold policy variables.
type stringMatcher struct {
	fixed     []pattern // values without variables
	templates []template
	fold      bool // whatever the case
}

// stringMatching makes the compile function of the string operators: wild for
// the ones that take wildcards, fold for those that do not tell case apart.
func stringMatching(wild, fold bool) func(language, []string) (matcher, error) {
	return func(l language, texts []string) (matcher, error) {
		compiled := &stringMatcher{fold: fold}
		for _, text := range texts {
			template, err := l.template(text, wild)
			if err != nil {
				return nil, fmt.Errorf("%q %w", text, err)
			}
			if template.isFixed() {
				compiled.fixed = append(compiled.fixed, newPattern(template.fixed))
			} else {
				compiled.templates = append(compiled.templates, template)
			}
		}
		return compiled, nil
	}
}

func (m *stringMatcher) matches(value string, context requestContext) (bool, error) {
	for i := range m.fixed {
		if m.equal(m.fixed[i], value) {
			return true, nil
		}
	}
	return anyTemplate(m.templates, context, func(text string) (bool, error) {
		return m.equal(newPattern(text), value), nil
	})
}

func (m *stringMatcher) equal(listed pattern, value string) bool {
	if m.fold {
		return strings.EqualFold(listed.text, value)
	}
	return listed.matches(value)
}

// anyTemplate tells whether one of the templates, resolved, is what is looked
// for. One with a variable that has no value is nothing.
func anyTemplate(templates []template, context requestContext, is func(text string) (bool, error)) (bool, error) {
	var unknown error
	for _, template := range templates {
		text, resolved, err := template.resolve(context)
		if resolved {
			var found bool
			if found, err = is(text); found {
				return true, nil
			}
		}
		if err != nil && unknown == nil {
			unknown = err
		}
	}
	return false, unknown
}

// arnMatcher compares ARNs field by field. ArnEquals takes wildcards as ArnLike
// does.
type arnMatcher struct {
	fixed     []arnPattern
	templates []template
}

func arnMatching(l language, texts []string) (matcher, error) {
	compiled := &arnMatcher{}
	for _, text := range texts {
		template, err := l.template(text, true)
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
		}
		if !template.isFixed() {
			compiled.templates = append(compiled.templates, template)
			continue
		}
		fixed, err := newArnPattern(template.fixed)
		if err == nil && !fixed[arnPrefix].matches("arn") {
			err = errNoArn
		}
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
		}
		compiled.fixed = append(compiled.fixed, fixed)
	}
	return compiled, nil
}

func (m *arnMatcher) matches(value string, context requestContext) (bool, error) {
	arn, ok := splitArn(value)
	if !ok || arn[arnPrefix] != "arn" {
		return false, fmt.Errorf("%q %w", value, errNoArn)
	}
	for i := range m.fixed {
		if m.fixed[i].matches(&arn) {
			return true, nil
		}
	}
	return anyTemplate(m.templates, context, func(text string) (bool, error) {
		resolved, err := newArnPattern(text)
		if err != nil {
			return false, fmt.Errorf("what it is compared with, once its policy variables are resolved, %w", err)
		}
		return resolved.matches(&arn), nil
	})
}
