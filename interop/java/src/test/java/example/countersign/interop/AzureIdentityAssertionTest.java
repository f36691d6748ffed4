package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.AadCredentialBuilderBase;
import com.azure.identity.ClientAssertionCredentialBuilder;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.microsoft.aad.msal4j.MsalServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** azure-identity without a shared secret. */
@Client(name = "azure-identity", artifact = "com.azure/azure-identity")
class AzureIdentityAssertionTest {
    /** One credential of every kind that takes the proof of the row. */
    private static List<TokenCredential> credentials(Row row) {
        Deployment.Proof proof = Deployment.proof(row);
        if (row.byCertificate()) {
            return List.of(certificate(row, proof, false), certificate(row, proof, true));
        }
        return List.of(
                in(row, new WorkloadIdentityCredentialBuilder())
                        .tokenFilePath(proof.token().toString())
                        .build(),
                in(row, new ClientAssertionCredentialBuilder())
                        .clientAssertion(() -> read(proof.token()))
                        .build());
    }

    private static TokenCredential certificate(Row row, Deployment.Proof proof, boolean withChain) {
        return in(row, new ClientCertificateCredentialBuilder())
                .pemCertificate(proof.certificateWithKey().toString())
                .sendCertificateChain(withChain)
                .build();
    }

    private static <B extends AadCredentialBuilderBase<B>> B in(Row row, B builder) {
        Deployment.Credentials client = Deployment.credentials(row);
        return builder.authorityHost(Deployment.BASE_URL)
                .disableInstanceDiscovery()
                .tenantId(client.tenant())
                .clientId(client.clientId());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String token(TokenCredential credential, Row row) {
        return credential.getTokenSync(new TokenRequestContext().addScopes(row.scope())).getToken();
    }

    /** What MSAL4J threw: WorkloadIdentityCredential wraps it once more than the others. */
    private static Throwable rootCause(Throwable thrown) {
        return thrown.getCause() == null ? thrown : rootCause(thrown.getCause());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#assertionGrants")
    void grant(Row grant) throws Exception {
        for (TokenCredential credential : credentials(grant)) {
            Tokens.check(grant, token(credential, grant));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#assertionRefusals")
    void refusal(Row refusal) {
        for (TokenCredential credential : credentials(refusal)) {
            RuntimeException thrown =
                    assertThrows(RuntimeException.class, () -> token(credential, refusal));
            MsalServiceException error =
                    assertInstanceOf(MsalServiceException.class, rootCause(thrown));
            assertEquals(refusal.error(), error.errorCode());
            assertTrue(error.getMessage().startsWith(refusal.aadsts()), error.getMessage());
        }
    }
}
