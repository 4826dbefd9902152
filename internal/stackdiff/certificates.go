package stackdiff

import (
	"iam-secured-api/components"
	"iam-secured-api/internal/program"
)

// clientCertificates returns which certificates of clients every request needs, or nil if
// some endpoint of the API needs none.
func clientCertificates(d *program.Domain) *components.MutualTls {
	if d == nil || d.KeepEndpoint {
		return nil
	}
	return d.MutualTls
}

// certificateChanges compares which certificates of clients requests need. This concerns
// everyone who may call the API.
func certificateChanges(old, new *program.Domain) []Fact {
	const who = "everyone who may call the API"
	var all facts
	switch before, after := clientCertificates(old), clientCertificates(new); {
	case before == nil && after != nil:
		all.lose(who, "needs a client certificate of "+truststore(after))
	case before != nil && after == nil:
		all.gain(who, "no longer needs a client certificate")
	case before != nil && truststore(before) != truststore(after):
		all.both(who, "needs a client certificate of "+truststore(after)+" in place of "+truststore(before))
	}
	return all
}

func truststore(m *components.MutualTls) string {
	if m.TruststoreVersion == "" {
		return m.TruststoreUri
	}
	return m.TruststoreUri + " in version " + m.TruststoreVersion
}
