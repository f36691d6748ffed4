package interop

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"software.sslmate.com/src/go-pkcs12"
)

func TestAzureADLogin(t *testing.T) {
	daemon := clientNamed("Daemon")
	identity := func(t *testing.T) auth.Credentials {
		return auth.Credentials{
			Environment: cloudEnvironment(deadline(t), t),
			TenantID:    contoso().ID,
			ClientID:    daemon.AppID,
		}
	}
	check := func(t *testing.T, credentials auth.Credentials) {
		t.Helper()
		ctx := deadline(t)
		known := claimsOf(ctx, t, authorizerOf(ctx, t, credentials))
		wantEqual(t, "oid", known.ObjectId, daemon.ServicePrincipalID)
		wantEqual(t, "aud", known.Audience, dev.BaseURL)
		wantEqual(t, "tid", known.TenantId, contoso().ID)
	}

	azuread.run(t, "metadata names every endpoint", func(t *testing.T) {
		environment := cloudEnvironment(deadline(t), t)
		login, graph := environment.Authorization.LoginEndpoint, environment.MicrosoftGraph
		wantEqual(t, "login endpoint", login, dev.BaseURL)
		endpoint, _ := graph.Endpoint()
		wantEqual(t, "Graph", *endpoint, dev.BaseURL)
	})

	azuread.run(t, "login with a secret", func(t *testing.T) {
		credentials := identity(t)
		credentials.ClientSecret = daemon.ClientSecret
		credentials.EnableAuthenticatingUsingClientSecret = true
		check(t, credentials)
	})

	azuread.run(t, "login with a certificate, PKCS#12", func(t *testing.T) {
		credentials := identity(t)
		credentials.ClientCertificateData = pkcs12Of(t, daemon.CertificateWithKeyFile, "password")
		credentials.ClientCertificatePassword = "password"
		credentials.EnableAuthenticatingUsingClientCertificate = true
		check(t, credentials)
	})

	azuread.run(t, "login with a federated token", func(t *testing.T) {
		token, err := daemon.readToken()
		done(t, "reading the token", err)
		credentials := identity(t)
		credentials.OIDCAssertionToken = token
		credentials.EnableAuthenticationUsingOIDC = true
		check(t, credentials)
	})
}

func pkcs12Of(t *testing.T, path, password string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	done(t, "reading", err)
	var certificate *x509.Certificate
	var key any
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			certificate, err = x509.ParseCertificate(block.Bytes)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
		done(t, block.Type, err)
	}
	bundle, err := pkcs12.Modern.Encode(key, certificate, nil, password)
	done(t, "PKCS#12", err)
	return bundle
}
