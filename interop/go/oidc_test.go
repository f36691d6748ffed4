package interop

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var goOIDC = suite{"go-oidc", "github.com/coreos/go-oidc/v3"}

// issue asks for a token without any SDK, so that these tests are about the validator alone.
func issue(t *testing.T, r row) string {
	t.Helper()
	tenantName, clientID, secret := r.credentials()
	response, err := http.PostForm(dev.BaseURL+"/"+tenantName+"/oauth2/v2.0/token", url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {clientID},
		"client_secret": {secret},
		"scope":         r.scopes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if body.AccessToken == "" {
		t.Fatalf("no token: %d %s", response.StatusCode, body.Description)
	}
	return body.AccessToken
}

func wantVerifyError(t *testing.T, audience, accessToken, reason string) {
	t.Helper()
	_, err := verify(issuer("2.0"), audience, accessToken)
	if err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("error = %v, want one about %q", err, reason)
	}
}

func TestGoOIDC(t *testing.T) {
	v1, v2 := firstTokens()[0], firstTokens()[1]

	for _, r := range firstTokens() {
		goOIDC.run(t, "accepts a v"+r.Version+" token", func(t *testing.T) {
			checkToken(t, r, issue(t, r))
		})
	}
	goOIDC.run(t, "refuses a token for another audience", func(t *testing.T) {
		wantVerifyError(t, v1.Audience, issue(t, v2), "expected audience")
	})
	goOIDC.run(t, "refuses a v1.0 token under the v2.0 issuer", func(t *testing.T) {
		wantVerifyError(t, v1.Audience, issue(t, v1), "different provider")
	})
	goOIDC.run(t, "refuses a changed token", func(t *testing.T) {
		parts := strings.Split(issue(t, v2), ".")
		parts[2] = strings.Split(issue(t, v1), ".")[2]
		wantVerifyError(t, v2.Audience, strings.Join(parts, "."), "failed to verify")
	})
}
