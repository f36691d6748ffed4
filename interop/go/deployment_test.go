package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// deployment is the running server as dev.json describes it.
type deployment struct {
	BaseURL string   `json:"baseUrl"`
	Tenants []tenant `json:"tenants"`
	Clients []client `json:"clients"`
	// The application that may change the directory.
	Administrator administrator `json:"administrator"`
}

type administrator struct {
	TenantID     string `json:"tenantId"`
	AppID        string `json:"appId"`
	ClientSecret string `json:"clientSecret"`
}

type tenant struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	Domains     []string `json:"domains"`
}

type client struct {
	DisplayName        string `json:"displayName"`
	AppID              string `json:"appId"`
	ServicePrincipalID string `json:"servicePrincipalId"`
	ClientSecret       string `json:"clientSecret"`

	// Paths: a certificate and its private key in one PEM file, and a token of the trusted issuer.
	CertificateWithKeyFile string `json:"certificateWithKeyFile"`
	Federated              struct {
		TokenFile string `json:"tokenFile"`
	} `json:"federated"`
}

// row is one line of the shared table of scenarios: a grant or a refusal.
type row struct {
	Scenario string `json:"scenario"`
	Client   string `json:"client"`
	Secret   string `json:"secret"`
	Tenant   string `json:"tenant"`
	Resource string `json:"resource"`

	// Of a row without a secret: certificate or federated, and whose, if not the client's own.
	Proof   string `json:"proof"`
	ProofOf string `json:"proofOf"`
	// A token of an issuer beside the server: a path from the folder of dev.json.
	TokenFile string `json:"tokenFile"`

	// Of a grant.
	Version  string   `json:"version"`
	Audience string   `json:"audience"`
	Roles    []string `json:"roles"`

	// Of a refusal.
	Code   int    `json:"code"`
	Error  string `json:"error"`
	Status int    `json:"status"`
}

var (
	dev       deployment
	scenarios struct {
		Grants            []row `json:"grants"`
		Refusals          []row `json:"refusals"`
		AssertionGrants   []row `json:"assertionGrants"`
		AssertionRefusals []row `json:"assertionRefusals"`
	}
)

func TestMain(m *testing.M) {
	if err := load(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func load() error {
	path := os.Getenv("COUNTERSIGN_DEV_JSON")
	if path == "" {
		return fmt.Errorf("COUNTERSIGN_DEV_JSON is not set: start `countersign dev` and point it at dev.json")
	}
	if err := readJSON(path, &dev); err != nil {
		return err
	}
	return readJSON("../scenarios.json", &scenarios)
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// firstTokens is one row of each token version, for runs that differ only in the client's setup.
func firstTokens() []row {
	return scenarios.Grants[:2]
}

func contoso() tenant {
	for _, t := range dev.Tenants {
		if t.DisplayName == "Contoso" {
			return t
		}
	}
	panic("dev.json names no tenant Contoso: start the server with interop/directory.yaml")
}

func clientNamed(displayName string) client {
	for _, c := range dev.Clients {
		if c.DisplayName == displayName {
			return c
		}
	}
	panic("dev.json names no client " + displayName + ": start the server with interop/directory.yaml")
}

// credentials are tenant, client id and secret of a row, in the order every SDK takes them.
func (r row) credentials() (tenantName, clientID, secret string) {
	c := clientNamed(r.Client)
	tenantName, secret = contoso().ID, c.ClientSecret
	if r.Tenant == "domain" {
		tenantName = contoso().Domains[0]
	}
	if r.Secret != "" {
		secret = r.Secret
	}
	return tenantName, c.AppID, secret
}

// proof is the client whose certificate and federated token the row signs in with.
func (r row) proof() client {
	owner := clientNamed(r.Client)
	if r.ProofOf != "" {
		owner = clientNamed(r.ProofOf)
	}
	if r.TokenFile != "" {
		folder := filepath.Dir(os.Getenv("COUNTERSIGN_DEV_JSON"))
		owner.Federated.TokenFile = filepath.Join(folder, r.TokenFile)
	}
	return owner
}

// readToken is the callback that SDKs ask for an assertion.
func (c client) readToken() (string, error) {
	token, err := os.ReadFile(c.Federated.TokenFile)
	return string(token), err
}

func (r row) scopes() []string {
	return []string{r.Resource + "/.default"}
}

// aadsts is how the error description of a refusal must begin; SDKs quote it as it is.
func (r row) aadsts() string {
	return fmt.Sprintf("AADSTS%d: ", r.Code)
}

func issuer(version string) string {
	if version == "1.0" {
		return fmt.Sprintf("%s/%s/", dev.BaseURL, contoso().ID)
	}
	return fmt.Sprintf("%s/%s/v2.0", dev.BaseURL, contoso().ID)
}
