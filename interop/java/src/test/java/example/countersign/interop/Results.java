package example.countersign.interop;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Appends one line per test to the file that the table of working clients is made from. */
public final class Results implements TestWatcher {
    @Override
    public void testSuccessful(ExtensionContext test) {
        record(test, "pass");
    }

    @Override
    public void testFailed(ExtensionContext test, Throwable cause) {
        record(test, "fail");
    }

    @Override
    public void testAborted(ExtensionContext test, Throwable cause) {
        record(test, "fail");
    }

    private static void record(ExtensionContext test, String result) {
        String path = System.getenv("COUNTERSIGN_INTEROP_RESULTS");
        if (path == null) {
            return;
        }
        Client client = test.getRequiredTestClass().getAnnotation(Client.class);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("client", client.name());
        line.put("version", version(client.artifact()));
        line.put("language", "Java");
        line.put("scenario", test.getDisplayName());
        line.put("result", result);
        try {
            Files.writeString(
                    Path.of(path),
                    JSONObjectUtils.toJSONString(line) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String version(String artifact) {
        String resource = "/META-INF/maven/" + artifact + "/pom.properties";
        try (InputStream in = Results.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(artifact + " carries no pom.properties");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
