package stacks

// Domain is a patch for the configuration. It adds a domain with a record and mutual TLS.
const Domain = `
domain:
  name: api.example.com
  certificateArn: arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f
  hostedZoneId: Z0123456789EXAMPLE
  mutualTls: {truststoreUri: s3://shop-truststore/clients.pem}
`
