package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Notification is a message of an alarm to a topic.
type Notification struct {
	AlarmName string
	AlarmARN  string
	State     string
	Reason    string
	At        time.Time
}

// Topic is a topic of SNS.
type Topic struct {
	TopicName string `state:",title"`
	ARN       string `state:"-"`
}

type topic struct {
	Topic
	Messages []Notification `state:"-"` // oldest first
}

func (t *topic) view(*state) Topic { return t.Topic }

// maxMessages is how many messages of a topic are kept at most, the newest ones.
const maxMessages = 1_000

var reTopicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

var topics = &shelf[*region, *topic, Topic]{
	things:  func(r *region) *map[string]*topic { return &r.Topics },
	missing: missing[*region]("NotFound", "topic does not exist: %s"),
}

// CreateTopic creates a standard topic, or returns the one with the name.
func (r *Region) CreateTopic(name string) (Topic, error) {
	err := topics.put(r, "CreateTopic", name, func(_ *region, old *topic) (*topic, error) {
		if old != nil {
			return old, nil
		}
		if !reTopicName.MatchString(name) {
			return nil, errorf("InvalidParameter", "topic name %q is invalid: 1 to 256 letters, digits, _ and -", name)
		}
		return &topic{Topic: Topic{name, fmt.Sprintf("arn:aws:sns:%s:%s:%s", r.name, r.account.id, name)}}, nil
	})
	if err != nil {
		return Topic{}, err
	}
	return topics.get(r, name)
}

// Notifications returns what alarms published to a topic, oldest first.
func (r *Region) Notifications(topicName string) ([]Notification, error) {
	return query(topics, r, topicName, func(t *topic) ([]Notification, error) { return slices.Clone(t.Messages), nil })
}

// publish adds a message to a topic. A message to a topic that does not exist is lost, as
// on AWS. The sandbox does not evaluate the topic's policy.
func (s *state) publish(arn string, message Notification) {
	m := reTopicARN.FindStringSubmatch(arn)
	if m == nil || s.Accounts[m[2]] == nil || s.Accounts[m[2]].Regions[m[1]] == nil {
		return
	}
	t := s.Accounts[m[2]].Regions[m[1]].Topics[m[3]]
	if t == nil {
		return
	}
	if len(t.Messages) >= maxMessages {
		t.Messages = slices.Clone(t.Messages[1:])
	}
	t.Messages = append(t.Messages, message)
}
