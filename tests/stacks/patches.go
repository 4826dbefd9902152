package stacks

// Domain is a patch for the configuration. It adds a domain with a record and mutual TLS.
const Domain = `
domain:
  name: api.example.com
  certificateArn: arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f
  hostedZoneId: Z0123456789EXAMPLE
  mutualTls: {truststoreUri: s3://shop-truststore/clients.pem}
`

// Backends is a patch for the configuration. It adds limits of a route, and routes with
// backends of their own. Others can follow.
const Backends = `
routes:
  POST /products: {throttle: {rateLimit: 5, burstLimit: 10}}
  GET /orders: {backend: {url: "https://orders.example.com/v1"}}
  GET /bills: {throttle: {rateLimit: 7, burstLimit: 9}, backend: {functionArn: "arn:aws:lambda:us-east-1:111122223333:function:billing:live"}}
`
