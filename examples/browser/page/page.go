// Package page is a page that calls the API from a browser. Any web server can serve its
// files.
package page

import (
	"embed"
	"net/http"
)

//go:embed index.html style.css call.js
var files embed.FS

// Handler serves the page.
func Handler() http.Handler { return http.FileServerFS(files) }
