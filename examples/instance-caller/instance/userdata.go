package instance

import (
	"strconv"
	"strings"
)

// script is the instance's user data, which cloud-init runs once, as root. It fetches the
// program with the role's credentials, checks its sum, and runs it as a service without
// privileges. The credentials of a new instance may take a moment, so it tries again.
//
// The unit needs nothing but the network: the program asks the metadata service for
// credentials. No value in it has a character that means something to the shell or to
// systemd: see Parse.
const script = `#!/bin/bash
set -euo pipefail

install -d -m 0755 /opt/call
cd /opt/call
for attempt in {1..30}; do
  aws s3 cp --no-progress --region @REGION@ s3://@BUCKET@/@KEY@ call.new && break
  sleep 10
done
echo '@SHA256@  call.new' | sha256sum --check --strict
chmod 0755 call.new
mv call.new call

cat >/etc/systemd/system/call.service <<'UNIT'
[Unit]
Description=Calls the API with the instance's role
Wants=network-online.target
After=network-online.target

[Service]
Environment=API_URL=@URL@ API_REGION=@API_REGION@
ExecStart=/opt/call/call -path @PATH@ -interval @INTERVAL@s
Restart=always
RestartSec=30
StandardOutput=journal+console
StandardError=journal+console
DynamicUser=yes
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now call.service
`

// userData returns the script for a program in a bucket of a region.
func userData(cfg Config, program Program, bucket, region string) string {
	return strings.NewReplacer(
		"@REGION@", region, "@BUCKET@", bucket, "@KEY@", program.key(), "@SHA256@", program.SHA256,
		"@URL@", strings.TrimSuffix(cfg.InvokeURL, "/"), "@API_REGION@", cfg.APIRegion,
		"@PATH@", cfg.Path, "@INTERVAL@", strconv.Itoa(cfg.IntervalSeconds),
	).Replace(script)
}
