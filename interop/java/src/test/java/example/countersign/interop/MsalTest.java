package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.MsalServiceException;
import com.microsoft.aad.msal4j.TokenSource;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** MSAL4J: {@code authority} plus {@code instanceDiscovery(false)}. */
@Client(name = "MSAL4J", artifact = "com.microsoft.azure/msal4j")
class MsalTest {
    private static ConfidentialClientApplication application(Row row) throws Exception {
        Deployment.Credentials credentials = Deployment.credentials(row);
        return ConfidentialClientApplication.builder(
                        credentials.clientId(),
                        ClientCredentialFactory.createFromSecret(credentials.secret()))
                .authority(Deployment.BASE_URL + "/" + credentials.tenant() + "/")
                .instanceDiscovery(false)
                .build();
    }

    private static ClientCredentialParameters request(Row row) {
        return ClientCredentialParameters.builder(Set.of(row.scope())).build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#grants")
    void grant(Row grant) throws Exception {
        // No second request: behind a port other than 443, MSAL4J files a token under the host without
        // the port, looks it up with the port, and so never finds it again.
        IAuthenticationResult result = application(grant).acquireToken(request(grant)).get();
        assertEquals(TokenSource.IDENTITY_PROVIDER, result.metadata().tokenSource());
        Tokens.check(grant, result.accessToken());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#refusals")
    void refusal(Row refusal) throws Exception {
        ConfidentialClientApplication app = application(refusal);
        ExecutionException thrown = assertThrows(
                ExecutionException.class, () -> app.acquireToken(request(refusal)).get());
        MsalServiceException error = assertInstanceOf(MsalServiceException.class, thrown.getCause());
        assertEquals(refusal.error(), error.errorCode());
        assertTrue(error.getMessage().startsWith(refusal.aadsts()), error.getMessage());
    }
}
