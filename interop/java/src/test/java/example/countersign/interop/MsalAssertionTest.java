package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IClientCredential;
import com.microsoft.aad.msal4j.MsalServiceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** MSAL4J without a shared secret: a certificate with its key, or an assertion. */
@Client(name = "MSAL4J", artifact = "com.microsoft.azure/msal4j")
class MsalAssertionTest {
    /** Every form in which this client takes the proof of the row. */
    private static List<IClientCredential> credentials(Row row) throws Exception {
        Deployment.Proof proof = Deployment.proof(row);
        if (row.byCertificate()) {
            return List.of(ClientCredentialFactory.createFromCertificate(
                    privateKey(proof.privateKey()), certificate(proof.certificate())));
        }
        return List.of(
                ClientCredentialFactory.createFromClientAssertion(Files.readString(proof.token())),
                ClientCredentialFactory.createFromCallback(() -> Files.readString(proof.token())));
    }

    private static PrivateKey privateKey(Path pem) throws IOException, GeneralSecurityException {
        String base64 = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
        byte[] der = Base64.getMimeDecoder().decode(base64);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    private static X509Certificate certificate(Path pem) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(pem)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static ConfidentialClientApplication application(
            Row row, IClientCredential credential, boolean withChain) throws Exception {
        Deployment.Credentials client = Deployment.credentials(row);
        return ConfidentialClientApplication.builder(client.clientId(), credential)
                .authority(Deployment.BASE_URL + "/" + client.tenant() + "/")
                .instanceDiscovery(false)
                .sendX5c(withChain)
                .build();
    }

    private static ClientCredentialParameters request(Row row) {
        return ClientCredentialParameters.builder(Set.of(row.scope())).build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#assertionGrants")
    void grant(Row grant) throws Exception {
        for (IClientCredential credential : credentials(grant)) {
            for (boolean withChain : new boolean[] {false, true}) {
                ConfidentialClientApplication app = application(grant, credential, withChain);
                Tokens.check(grant, app.acquireToken(request(grant)).get().accessToken());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#assertionRefusals")
    void refusal(Row refusal) throws Exception {
        for (IClientCredential credential : credentials(refusal)) {
            ConfidentialClientApplication app = application(refusal, credential, false);
            ExecutionException thrown = assertThrows(
                    ExecutionException.class, () -> app.acquireToken(request(refusal)).get());
            MsalServiceException error =
                    assertInstanceOf(MsalServiceException.class, thrown.getCause());
            assertEquals(refusal.error(), error.errorCode());
            assertTrue(error.getMessage().startsWith(refusal.aadsts()), error.getMessage());
        }
    }
}
