package interop

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// suite is one client; its scenarios are recorded under its name and version.
type suite struct {
	client string
	module string
}

// run runs one scenario as a subtest and appends the outcome to the file that the table of
// working clients is made from.
func (s suite) run(t *testing.T, scenario string, body func(t *testing.T)) {
	t.Helper()
	t.Run(scenario, func(t *testing.T) {
		// A cleanup also runs after t.Fatal and after a panic.
		t.Cleanup(func() { s.record(t, scenario) })
		body(t)
	})
}

func (s suite) record(t *testing.T, scenario string) {
	path := os.Getenv("COUNTERSIGN_INTEROP_RESULTS")
	if path == "" {
		return
	}
	result := "pass"
	if t.Failed() {
		result = "fail"
	}
	line, err := json.Marshal(map[string]string{
		"client":   s.client,
		"version":  moduleVersion(t, s.module),
		"language": "Go",
		"scenario": scenario,
		"result":   result,
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// moduleVersion reads go.mod, because a test binary does not carry the versions of its modules.
func moduleVersion(t *testing.T, path string) string {
	manifest, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(manifest)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == path {
			return strings.TrimPrefix(fields[1], "v")
		}
	}
	t.Fatalf("go.mod does not require %s", path)
	return ""
}
