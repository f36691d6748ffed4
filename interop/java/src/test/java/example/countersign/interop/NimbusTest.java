package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.nimbusds.jose.proc.BadJWSException;
import com.nimbusds.jwt.proc.BadJWTException;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** nimbus-jose-jwt on the receiving side: what it accepts, and what it must refuse. */
@Client(name = "nimbus-jose-jwt", artifact = "com.nimbusds/nimbus-jose-jwt")
class NimbusTest {
    private static final Row V1 = Deployment.firstTokens().get(0);
    private static final Row V2 = Deployment.firstTokens().get(1);

    private static String issue(Row row) throws Exception {
        Deployment.Credentials credentials = Deployment.credentials(row);
        return ConfidentialClientApplication.builder(
                        credentials.clientId(),
                        ClientCredentialFactory.createFromSecret(credentials.secret()))
                .authority(Deployment.BASE_URL + "/" + credentials.tenant() + "/")
                .instanceDiscovery(false)
                .build()
                .acquireToken(ClientCredentialParameters.builder(Set.of(row.scope())).build())
                .get()
                .accessToken();
    }

    @Test
    @DisplayName("accepts a v1.0 token")
    void acceptsFirstVersion() throws Exception {
        Tokens.check(V1, issue(V1));
    }

    @Test
    @DisplayName("accepts a v2.0 token")
    void acceptsSecondVersion() throws Exception {
        Tokens.check(V2, issue(V2));
    }

    @Test
    @DisplayName("refuses a token for another audience")
    void otherAudience() throws Exception {
        String token = issue(V2);
        BadJWTException refused = assertThrows(
                BadJWTException.class,
                () -> Tokens.verify(Deployment.issuer("2.0"), V1.audience(), token));
        assertTrue(refused.getMessage().contains("aud"), refused.getMessage());
    }

    @Test
    @DisplayName("refuses a v1.0 token under the v2.0 issuer")
    void otherIssuer() throws Exception {
        String token = issue(V1);
        BadJWTException refused = assertThrows(
                BadJWTException.class,
                () -> Tokens.verify(Deployment.issuer("2.0"), V1.audience(), token));
        assertTrue(refused.getMessage().contains("iss"), refused.getMessage());
    }

    @Test
    @DisplayName("refuses a changed token")
    void changedToken() throws Exception {
        String token = issue(V2);
        String otherSignature = issue(V1).replaceFirst(".*\\.", "");
        String changed = token.substring(0, token.lastIndexOf('.') + 1) + otherSignature;
        assertThrows(
                BadJWSException.class,
                () -> Tokens.verify(Deployment.issuer("2.0"), V2.audience(), changed));
    }
}
