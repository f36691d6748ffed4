package interop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/application"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/federatedidentitycredential"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
)

func TestAzureADCredentials(t *testing.T) {
	tf := newTerraform(t)

	azuread.run(t, "password: create, destroy", func(t *testing.T) {
		id := tf.createApplication(t, wantedApplication("tf password"))
		made, err := tf.apps.AddPassword(tf.ctx, id, application.AddPasswordRequest{
			PasswordCredential: &stable.PasswordCredential{},
		}, application.DefaultAddPasswordOperationOptions())
		done(t, "addPassword", err)
		wantEqual(t, "status", made.HttpResponse.StatusCode, http.StatusOK)
		wantEqual(t, "has a secret", made.Model.SecretText.GetOrZero() != "", true)
		listed := *tf.readApplication(t, id).PasswordCredentials
		wantEqual(t, "key id", listed[0].KeyId.GetOrZero(), made.Model.KeyId.GetOrZero())
		wantEqual(t, "secret is not read", listed[0].SecretText.Get() == nil, true)

		removed, err := tf.apps.RemovePassword(tf.ctx, id, application.RemovePasswordRequest{
			KeyId: made.Model.KeyId.Get(),
		}, application.DefaultRemovePasswordOperationOptions())
		done(t, "removePassword", err)
		wantEqual(t, "status", removed.HttpResponse.StatusCode, http.StatusNoContent)
		wantEqual(t, "passwords", len(*tf.readApplication(t, id).PasswordCredentials), 0)
		tf.destroyApplication(t, id)
	})

	azuread.run(t, "certificate: create beside another, destroy", func(t *testing.T) {
		id := tf.createApplication(t, wantedApplication("tf certificate"))
		first, second := newKeyCredential(t), newKeyCredential(t)
		for _, wanted := range []stable.KeyCredential{first, second} {
			// What is there goes back as it was read: without the key, which is kept.
			keys := append(*tf.readApplication(t, id).KeyCredentials, wanted)
			tf.updateApplication(t, id, stable.Application{Id: &id.ApplicationId, KeyCredentials: &keys})
		}
		keys := *tf.readApplication(t, id).KeyCredentials
		wantEqual(t, "certificates", len(keys), 2)
		ids := map[string]bool{}
		for _, key := range keys {
			ids[key.KeyId.GetOrZero()] = true
			wantEqual(t, "has a thumbprint", key.CustomKeyIdentifier.GetOrZero() != "", true)
		}
		wantEqual(t, "the provider's own ids", ids[first.KeyId.GetOrZero()] && ids[second.KeyId.GetOrZero()], true)

		left := keys[:1]
		tf.updateApplication(t, id, stable.Application{Id: &id.ApplicationId, KeyCredentials: &left})
		wantEqual(t, "certificates", len(*tf.readApplication(t, id).KeyCredentials), 1)
		tf.destroyApplication(t, id)
	})

	azuread.run(t, "federated credential: create, update, destroy", func(t *testing.T) {
		id := tf.createApplication(t, wantedApplication("tf federated"))
		wanted := stable.FederatedIdentityCredential{
			Name:        "deployment",
			Issuer:      "https://token.actions.githubusercontent.com",
			Subject:     "repo:contoso/orders:environment:Production",
			Audiences:   []string{"api://AzureADTokenExchange"},
			Description: nullable.Value(""),
		}
		made, err := tf.federated.CreateFederatedIdentityCredential(tf.ctx, id, wanted,
			federatedidentitycredential.DefaultCreateFederatedIdentityCredentialOperationOptions())
		done(t, "create", err)
		wantEqual(t, "status", made.HttpResponse.StatusCode, http.StatusCreated)
		one := stable.NewApplicationIdFederatedIdentityCredentialID(id.ApplicationId, *made.Model.Id)

		// The whole object goes back, with its id and its name.
		changed := *made.Model
		changed.Subject = "repo:contoso/orders:ref:refs/heads/main"
		_, err = tf.federated.UpdateFederatedIdentityCredential(tf.ctx, one, changed,
			federatedidentitycredential.DefaultUpdateFederatedIdentityCredentialOperationOptions())
		done(t, "update", err)
		read, err := tf.federated.GetFederatedIdentityCredential(tf.ctx, one,
			federatedidentitycredential.DefaultGetFederatedIdentityCredentialOperationOptions())
		done(t, "read", err)
		wantEqual(t, "subject", read.Model.Subject, changed.Subject)

		_, err = tf.federated.DeleteFederatedIdentityCredential(tf.ctx, one,
			federatedidentitycredential.DefaultDeleteFederatedIdentityCredentialOperationOptions())
		done(t, "delete", err)
		gone, err := tf.federated.GetFederatedIdentityCredential(tf.ctx, one,
			federatedidentitycredential.DefaultGetFederatedIdentityCredentialOperationOptions())
		wantErrorWith(t, err, "Request_ResourceNotFound")
		wantEqual(t, "status", gone.HttpResponse.StatusCode, http.StatusNotFound)
		tf.destroyApplication(t, id)
	})
}

// newKeyCredential is as the provider sends it: its own id, and PEM text in base64.
func newKeyCredential(t *testing.T) stable.KeyCredential {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	done(t, "key", err)
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	done(t, "certificate", err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return stable.KeyCredential{
		KeyId:       nullable.Value(uuid.NewString()),
		Type:        nullable.Value("AsymmetricX509Cert"),
		Usage:       nullable.Value("Verify"),
		Key:         nullable.Value(base64.StdEncoding.EncodeToString(text)),
		EndDateTime: nullable.Value(template.NotAfter.UTC().Format(time.RFC3339)),
	}
}
