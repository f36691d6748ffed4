package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.microsoft.aad.msal4j.MsalServiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** azure-identity: {@code authorityHost} plus {@code disableInstanceDiscovery}, or environment only. */
@Client(name = "azure-identity", artifact = "com.azure/azure-identity")
class AzureIdentityTest {
    private static TokenCredential credential(Row row) {
        Deployment.Credentials credentials = Deployment.credentials(row);
        return new ClientSecretCredentialBuilder()
                .authorityHost(Deployment.BASE_URL)
                .tenantId(credentials.tenant())
                .clientId(credentials.clientId())
                .clientSecret(credentials.secret())
                .disableInstanceDiscovery()
                .build();
    }

    private static String token(TokenCredential credential, Row row) {
        return credential.getTokenSync(new TokenRequestContext().addScopes(row.scope())).getToken();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#grants")
    void grant(Row grant) throws Exception {
        Tokens.check(grant, token(credential(grant), grant));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("example.countersign.interop.Deployment#refusals")
    void refusal(Row refusal) {
        TokenCredential credential = credential(refusal);
        // The synchronous call hands on what MSAL4J's future throws, wrapped in a RuntimeException.
        RuntimeException thrown =
                assertThrows(RuntimeException.class, () -> token(credential, refusal));
        ExecutionException failed = assertInstanceOf(ExecutionException.class, thrown.getCause());
        MsalServiceException error = assertInstanceOf(MsalServiceException.class, failed.getCause());
        assertEquals(refusal.error(), error.errorCode());
        assertTrue(error.getMessage().startsWith(refusal.aadsts()), error.getMessage());
    }

    @Test
    @DisplayName("environment only, through adfs")
    void environmentOnly() throws Exception {
        for (Row grant : Deployment.firstTokens()) {
            Outcome outcome = runProgram("environment", grant, daemonSecret());
            assertEquals(0, outcome.exitCode(), outcome.errors());
            Tokens.check(grant, outcome.output());
        }
    }

    @Test
    @DisplayName("DefaultAzureCredential, environment only, through adfs")
    void defaultCredential() throws Exception {
        for (Row grant : Deployment.firstTokens()) {
            Outcome outcome = runProgram("default", grant, daemonSecret());
            assertEquals(0, outcome.exitCode(), outcome.errors());
            Tokens.check(grant, outcome.output());
        }
    }

    @Test
    @DisplayName("environment only, wrong secret, through adfs")
    void environmentOnlyWrongSecret() throws Exception {
        Row refusal = Deployment.REFUSALS.get(0);
        Outcome outcome = runProgram("environment", refusal, refusal.secret());
        assertEquals(1, outcome.exitCode());
        assertTrue(
                outcome.errors().contains(MsalServiceException.class.getName() + ": " + refusal.aadsts()),
                outcome.errors());
    }

    private static String daemonSecret() {
        return Deployment.credentials(Deployment.GRANTS.get(0)).secret();
    }

    private record Outcome(int exitCode, String output, String errors) {}

    /** Runs {@link EnvironmentProgram} under the variables of {@code countersign env --adfs}. */
    private static Outcome runProgram(String kind, Row row, String secret)
            throws IOException, InterruptedException {
        ProcessBuilder program = new ProcessBuilder(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                EnvironmentProgram.class.getName(),
                kind,
                row.scope()));
        program.environment().putAll(Map.of(
                "AZURE_AUTHORITY_HOST", Deployment.BASE_URL,
                "AZURE_TENANT_ID", "adfs",
                "AZURE_CLIENT_ID", Deployment.credentials(row).clientId(),
                "AZURE_CLIENT_SECRET", secret,
                "JAVA_TOOL_OPTIONS",
                        "-Djavax.net.ssl.trustStore=" + Deployment.TRUST_STORE
                                + " -Djavax.net.ssl.trustStorePassword=" + Deployment.TRUST_STORE_PASSWORD));
        Path errors = Files.createTempFile("countersign-interop", ".err");
        program.redirectError(errors.toFile());
        Process process = program.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the program does not end");
            return new Outcome(process.exitValue(), output, Files.readString(errors));
        } finally {
            process.destroyForcibly();
            Files.delete(errors);
        }
    }
}
