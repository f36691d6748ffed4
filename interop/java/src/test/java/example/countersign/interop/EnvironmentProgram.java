package example.countersign.interop;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.EnvironmentCredentialBuilder;

/**
 * A program written for the public cloud: it prints a token for the scope in its second argument. A
 * process cannot change its own environment in Java, so the tests start it as another one.
 */
final class EnvironmentProgram {
    private EnvironmentProgram() {}

    public static void main(String[] arguments) {
        TokenCredential credential = "default".equals(arguments[0])
                ? new DefaultAzureCredentialBuilder().build()
                : new EnvironmentCredentialBuilder().build();
        try {
            System.out.print(credential
                    .getTokenSync(new TokenRequestContext().addScopes(arguments[1]))
                    .getToken());
        } catch (RuntimeException e) {
            System.err.println(e);
            System.exit(1);
        }
        // The SDK's idle threads would keep the process alive.
        System.exit(0);
    }
}
