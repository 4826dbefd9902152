//go:build browser

package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// chromium is a running browser. It is driven by the DevTools protocol over two pipes,
// with a NUL after each message.
type chromium struct {
	in io.WriteCloser

	mu      sync.Mutex
	last    int
	waiting map[int]chan reply // by the message's id
	ended   error
}

type message struct {
	ID        int    `json:"id,omitempty"`
	Session   string `json:"sessionId,omitempty"`
	Method    string `json:"method,omitempty"`
	Arguments any    `json:"params,omitempty"`
}

type reply struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// patience is how long a message may take on a busy machine.
const patience = time.Minute

// browsers are the names of the program, in the order in which they are looked for.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// start starts the browser, and ends it with the test.
func start(t testing.TB) *chromium {
	path := os.Getenv("CHROMIUM")
	for i := 0; path == "" && i < len(browsers); i++ {
		path, _ = exec.LookPath(browsers[i])
	}
	require.NotEmpty(t, path, "none of %v is on PATH, and CHROMIUM is not set", browsers)
	theirs, in, err := os.Pipe()
	require.NoError(t, err)
	out, ours, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, ours} // descriptors 3 and 4
	require.NoError(t, cmd.Start())
	require.NoError(t, errors.Join(theirs.Close(), ours.Close()))
	c := &chromium{in: in, waiting: map[int]chan reply{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.read(out)
	}()
	t.Cleanup(func() {
		c.send("", "Browser.close", nil)
		timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		require.NoError(t, errors.Join(in.Close(), out.Close()))
		<-done
	})
	return c
}

// read delivers replies until the browser ends.
func (c *chromium) read(out io.Reader) {
	in := bufio.NewReader(out)
	for {
		text, err := in.ReadBytes(0)
		if err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.ended = err
			for _, wait := range c.waiting {
				close(wait)
			}
			return
		}
		var r reply
		if json.Unmarshal(text[:len(text)-1], &r) != nil || r.ID == 0 {
			continue // an event
		}
		c.mu.Lock()
		if wait := c.waiting[r.ID]; wait != nil {
			wait <- r
			delete(c.waiting, r.ID)
		}
		c.mu.Unlock()
	}
}

// send sends a message and returns where its reply arrives.
func (c *chromium) send(session, method string, arguments any) <-chan reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := make(chan reply, 1)
	if c.ended != nil {
		close(wait)
		return wait
	}
	c.last++
	c.waiting[c.last] = wait
	text, err := json.Marshal(message{c.last, session, method, arguments})
	if err == nil {
		_, err = c.in.Write(append(text, 0))
	}
	if err != nil {
		delete(c.waiting, c.last)
		close(wait)
	}
	return wait
}

// do sends a message and decodes the result of its reply.
func (c *chromium) do(t testing.TB, session, method string, arguments, result any) {
	t.Helper()
	select {
	case r, ok := <-c.send(session, method, arguments):
		require.True(t, ok, "%s: the browser has ended", method)
		require.Nil(t, r.Error, "%s: %+v", method, r.Error)
		if result != nil {
			require.NoError(t, json.Unmarshal(r.Result, result))
		}
	case <-time.After(patience):
		require.Fail(t, "no reply to "+method)
	}
}

// tab is a page in the browser, with a profile of its own.
type tab struct {
	testing.TB
	browser *chromium
	session string
}

type object = map[string]any

// open opens a page and waits until its scripts have run.
func (c *chromium) open(t testing.TB, url string) *tab {
	var profile struct{ BrowserContextID string }
	c.do(t, "", "Target.createBrowserContext", nil, &profile)
	var target struct{ TargetID string }
	c.do(t, "", "Target.createTarget", object{"url": url, "browserContextId": profile.BrowserContextID}, &target)
	var attached struct{ SessionID string }
	c.do(t, "", "Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &tab{t, c, attached.SessionID}
	require.Eventually(t, func() bool {
		return p.eval(`location.href + document.readyState`) == url+"complete"
	}, patience, 20*time.Millisecond)
	return p
}

// eval returns the value of an expression, or of the promise that it returns.
func (p *tab) eval(expression string) any {
	p.Helper()
	var result struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	p.browser.do(p, p.session, "Runtime.evaluate",
		object{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}, &result)
	if e := result.ExceptionDetails; e != nil {
		return fmt.Sprintf("%s %s", e.Text, e.Exception.Description)
	}
	return result.Result.Value
}

// fill clicks the label of a field and types a text into it. A choice is only clicked.
func (p *tab) fill(label, text string) {
	p.Helper()
	found := p.eval(`(() => {
		const label = [...document.querySelectorAll("label")].find((l) => l.textContent.trim() === ` + quoted(label) + `);
		label.click();
		const field = label.control;
		if (field.type === "radio") return field.checked;
		field.focus();
		if (field.select) field.select(); else field.value = ` + quoted(text) + `;
		return document.activeElement === field;
	})()`)
	require.Equal(p, true, found, "the field %s", label)
	if text != "" && label != "Method" {
		p.browser.do(p, p.session, "Input.insertText", object{"text": text}, nil)
	}
}

// press presses a key in the field that has the focus.
func (p *tab) press(key string, code int, text string) {
	for _, kind := range []string{"keyDown", "keyUp"} {
		arguments := object{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
		if kind == "keyDown" && text != "" {
			arguments["text"] = text
		}
		p.browser.do(p, p.session, "Input.dispatchKeyEvent", arguments, nil)
	}
}

func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // cannot happen: strings can be encoded
	}
	return string(encoded)
}

// outcomes are the states of the page after it has sent a request.
var outcomes = []string{"done", "refused", "failed"}

// status waits for the end of a request and returns what the page shows of it.
func (p *tab) status() (line, answer string) {
	p.Helper()
	require.Eventually(p, func() bool {
		state, _ := p.eval(`document.getElementById("status").dataset.state`).(string)
		return slices.Contains(outcomes, state)
	}, patience, 20*time.Millisecond)
	line, _ = p.eval(`document.getElementById("status").textContent`).(string)
	answer, _ = p.eval(`document.getElementById("answer").textContent`).(string)
	return line, answer
}
