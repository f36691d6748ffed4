package interop

import (
	"context"
	"slices"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
)

// claims are the members of an access token that a receiving service decides by.
type claims struct {
	Version     string   `json:"ver"`
	Tenant      string   `json:"tid"`
	ObjectID    string   `json:"oid"`
	AppID       string   `json:"appid"`
	AppIDACR    string   `json:"appidacr"`
	AZP         string   `json:"azp"`
	AZPACR      string   `json:"azpacr"`
	NotBefore   int64    `json:"nbf"`
	Roles       []string `json:"roles"`
	UserScopes  *string  `json:"scp"`
	IdentityFor *string  `json:"idtyp"`
}

// checkToken verifies the token as a receiving service would, through our discovery document, then
// compares every claim with the row.
func checkToken(t *testing.T, r row, accessToken string) {
	t.Helper()
	token, err := verify(issuer(r.Version), r.Audience, accessToken)
	if err != nil {
		t.Fatalf("go-oidc refuses the token: %v", err)
	}
	var got claims
	if err := token.Claims(&got); err != nil {
		t.Fatal(err)
	}

	servicePrincipal := clientNamed(r.Client).ServicePrincipalID
	wantEqual(t, "ver", got.Version, r.Version)
	wantEqual(t, "tid", got.Tenant, contoso().ID)
	wantEqual(t, "oid", got.ObjectID, servicePrincipal)
	wantEqual(t, "sub", token.Subject, servicePrincipal)
	wantEqual(t, "nbf", got.NotBefore, token.IssuedAt.Unix())

	appID := clientNamed(r.Client).AppID
	if r.Version == "1.0" {
		wantEqual(t, "appid", got.AppID, appID)
		wantEqual(t, "appidacr", got.AppIDACR, r.acr())
		wantEqual(t, "azp", got.AZP, "")
	} else {
		wantEqual(t, "azp", got.AZP, appID)
		wantEqual(t, "azpacr", got.AZPACR, r.acr())
		wantEqual(t, "appid", got.AppID, "")
	}

	if !slices.Equal(got.Roles, r.Roles) || (got.Roles != nil) != (len(r.Roles) > 0) {
		t.Errorf("roles = %q, want %q, and no member when there is none", got.Roles, r.Roles)
	}
	if got.UserScopes != nil {
		t.Errorf("scp = %q in a token without a user", *got.UserScopes)
	}
	if got.IdentityFor != nil && *got.IdentityFor != "app" {
		t.Errorf("idtyp = %q, want app or no member", *got.IdentityFor)
	}
}

// acr is how the client proved itself: 1 with a secret, 2 with a signed assertion.
func (r row) acr() string {
	if r.Proof == "" {
		return "1"
	}
	return "2"
}

func verify(expectedIssuer, audience, accessToken string) (*oidc.IDToken, error) {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, expectedIssuer)
	if err != nil {
		return nil, err
	}
	return provider.Verifier(&oidc.Config{ClientID: audience}).Verify(ctx, accessToken)
}

func wantEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
