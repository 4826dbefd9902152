// Package browser opens the example's page in headless Chromium, which calls the sandbox
// from another origin. Its tests have the build tag browser; .ci/browser runs them.
package browser
