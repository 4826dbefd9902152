// Package instance is the program: an EC2 instance, in a network of its own, that calls the
// API with a role of the API's stack.
package instance

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"

	"iam-secured-api/internal/config"
)

// Config is the program's configuration, checked.
type Config struct {
	// InvokeURL is the URL of the API's stage, and APIRegion the API's region.
	InvokeURL, APIRegion string
	// InstanceProfile is the name of the role's instance profile.
	InstanceProfile string
	// Path is called with GET, every IntervalSeconds.
	Path            string
	IntervalSeconds int
	InstanceType    string
	// ImageID is empty for the newest image of Amazon Linux 2023.
	ImageID string
	// AvailabilityZone is empty for one that AWS chooses.
	AvailabilityZone string
	// CIDRBlock is the network of the VPC and its only subnet.
	CIDRBlock string
	Tags      map[string]string
}

// What texts must look like. URL and path become parts of a shell script and of a systemd
// unit, so they have no character that means something there.
var (
	// A stage's name has letters, digits, _ and -. The $default stage has no path.
	invokeURL = regexp.MustCompile(`^https://[a-z0-9][a-z0-9.-]*[a-z0-9](/[A-Za-z0-9_-]+)?/?$`)
	// ownURL is an API's own URL, which names the region.
	ownURL = regexp.MustCompile(`^https://[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.(amazonaws\.com(\.cn)?|api\.aws)(/|$)`)

	regionName   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	zoneName     = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$`)
	profileName  = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)
	requestPath  = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)
	gravitonType = regexp.MustCompile(`^[a-z]+[0-9]+g[a-z]*\.[a-z0-9-]+$`)
	imageID      = regexp.MustCompile(`^ami-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

const maxIntervalSeconds = 86400

// matching returns a check of texts.
func matching(pattern *regexp.Regexp, accepted string) func(string) error {
	return func(text string) error {
		if !pattern.MatchString(text) {
			return errors.New("must be " + accepted)
		}
		return nil
	}
}

// Parse reads and checks a configuration. All problems are reported in one error, a line
// each.
func Parse(settings config.Settings) (Config, error) {
	var cfg Config
	report := &config.Report{}
	all := settings.Value(report, "invokeUrl", "instanceProfile", "apiRegion", "path", "instanceType", "imageId",
		"availabilityZone", "cidrBlock")
	all.Require("invokeUrl", "the URL of the API's stage")
	all.Require("instanceProfile", "the name of an instance profile of the API's stack")
	all.Fields(map[string]func(config.Value){
		"invokeUrl": func(v config.Value) {
			cfg.InvokeURL = v.Checked(matching(invokeURL, "the https URL of a stage, such as "+
				"https://abc123.execute-api.us-east-1.amazonaws.com/prod"))
		},
		"instanceProfile": func(v config.Value) {
			cfg.InstanceProfile = v.Checked(matching(profileName, "the name of an instance profile: 1 to 128 letters, digits and _+=,.@-"))
		},
		"apiRegion": func(v config.Value) {
			cfg.APIRegion = v.CheckedOrNone(matching(regionName, "a region such as us-east-1, or empty"))
		},
		"path": func(v config.Value) {
			cfg.Path = v.Checked(matching(requestPath, "a path that begins with a slash, of letters, digits and -._~/"))
		},
		"intervalSeconds": func(v config.Value) { cfg.IntervalSeconds = v.Whole(checkInterval) },
		"instanceType": func(v config.Value) {
			cfg.InstanceType = v.Checked(matching(gravitonType, "a type with a Graviton processor, such as t4g.nano"))
		},
		"imageId": func(v config.Value) {
			cfg.ImageID = v.CheckedOrNone(matching(imageID, "the id of an image, such as ami-0123456789abcdef0, or empty"))
		},
		"availabilityZone": func(v config.Value) {
			cfg.AvailabilityZone = v.CheckedOrNone(matching(zoneName, "a zone such as us-east-1a, or empty"))
		},
		"cidrBlock": func(v config.Value) { cfg.CIDRBlock = v.Checked(checkCIDR) },
		"tags":      func(v config.Value) { cfg.Tags = v.Tags() },
	})
	if own := ownURL.FindStringSubmatch(cfg.InvokeURL); own != nil && cfg.APIRegion == "" {
		cfg.APIRegion = own[1]
	} else if own != nil && cfg.APIRegion != own[1] && report.Len() == 0 {
		report.Add("apiRegion: %q differs from %q in invokeUrl; must be that or empty", cfg.APIRegion, own[1])
	}
	if cfg.APIRegion == "" && report.Len() == 0 {
		report.Add("apiRegion: must be set to the API's region, because invokeUrl %q does not name it", cfg.InvokeURL)
	}
	return cfg, report.Err()
}

func checkInterval(seconds int) error {
	if seconds < 1 || seconds > maxIntervalSeconds {
		return fmt.Errorf("must be 1 to %d seconds", maxIntervalSeconds)
	}
	return nil
}

// checkCIDR accepts the networks that a VPC may have and that are private.
func checkCIDR(text string) error {
	network, err := netip.ParsePrefix(text)
	if err != nil || !network.Addr().Is4() || !network.Addr().IsPrivate() || network != network.Masked() ||
		network.Bits() < 16 || network.Bits() > 28 {
		return errors.New("must be a private IPv4 network of /16 to /28, such as 10.0.0.0/28")
	}
	return nil
}
