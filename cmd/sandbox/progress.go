package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"golang.org/x/term"
)

// progress prints what is going on: a line for each step and, on a terminal, how many
// resources the engine has finished.
type progress struct {
	mu       sync.Mutex
	log      io.Writer
	terminal bool
	what     string
	count    int
}

func newProgress(log io.Writer) *progress { return &progress{log: log, terminal: isTerminal(log)} }

func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// step begins a step. The returned function ends it and returns how long it took.
func (p *progress) step(what string) func() float64 {
	start := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.count = what, 0
	fmt.Fprintf(p.log, "%s …", what)
	if !p.terminal {
		fmt.Fprintln(p.log)
	}
	return func() float64 {
		seconds := time.Since(start).Seconds()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.terminal {
			fmt.Fprint(p.log, eraseLine)
		}
		fmt.Fprintf(p.log, "%s: %.1f s\n", p.what, seconds)
		return seconds
	}
}

const eraseLine = "\r\x1b[K"

// event counts the resources that the engine has finished.
func (p *progress) event(event engine.Event) {
	if event.Type != engine.ResourceOutputsEvent {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count++; p.terminal {
		fmt.Fprintf(p.log, "%s%s … %d resources", eraseLine, p.what, p.count)
	}
}

// logger returns a logger of internal failures, on lines of their own.
func (p *progress) logger() *slog.Logger { return slog.New(slog.NewTextHandler(p, nil)) }

// Write implements [io.Writer] for whole lines.
func (p *progress) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.log, eraseLine)
	}
	return p.log.Write([]byte(strings.TrimSuffix(string(line), "\n") + "\n"))
}
