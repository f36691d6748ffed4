package example.countersign.interop;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.text.ParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The running server as {@code dev.json} describes it, and the shared table of scenarios. */
final class Deployment {
    /** Not a secret: a trust store holds public certificates, but its format asks for a word. */
    static final String TRUST_STORE_PASSWORD = "changeit";

    static final String BASE_URL;
    static final Path TRUST_STORE;
    static final List<Row> GRANTS;
    static final List<Row> REFUSALS;
    static final List<Row> ASSERTION_GRANTS;
    static final List<Row> ASSERTION_REFUSALS;

    private static final Map<String, Object> CONTOSO;
    private static final Map<String, Object>[] CLIENTS;

    static {
        try {
            Map<String, Object> dev = readJson(devJson());
            BASE_URL = JSONObjectUtils.getString(dev, "baseUrl");
            CLIENTS = JSONObjectUtils.getJSONObjectArray(dev, "clients");
            CONTOSO = named(JSONObjectUtils.getJSONObjectArray(dev, "tenants"), "Contoso");
            TRUST_STORE = trustStore(Path.of(JSONObjectUtils.getString(dev, "caFile")));

            Map<String, Object> scenarios = readJson(Path.of("..", "scenarios.json"));
            GRANTS = rows(scenarios, "grants").map(Row::grant).toList();
            REFUSALS = rows(scenarios, "refusals").map(Row::refusal).toList();
            ASSERTION_GRANTS = rows(scenarios, "assertionGrants").map(Row::grant).toList();
            ASSERTION_REFUSALS = rows(scenarios, "assertionRefusals").map(Row::refusal).toList();
        } catch (IOException | GeneralSecurityException | ParseException e) {
            throw new IllegalStateException("cannot read what describes the server", e);
        }
        // Java has no variable for it: the JDK reads these two once, before its first connection.
        System.setProperty("javax.net.ssl.trustStore", TRUST_STORE.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", TRUST_STORE_PASSWORD);
    }

    private Deployment() {}

    /** Tenant, client id and secret of a row. */
    record Credentials(String tenant, String clientId, String secret) {}

    static Credentials credentials(Row row) {
        Map<String, Object> client = client(row.client());
        String tenant = "domain".equals(row.tenant()) ? tenantDomain() : tenantId();
        String secret = row.secret() == null ? text(client, "clientSecret") : row.secret();
        return new Credentials(tenant, text(client, "appId"), secret);
    }

    /** The files of the client whose certificate and federated token a row signs in with. */
    record Proof(Path certificate, Path privateKey, Path certificateWithKey, Path token) {}

    static Proof proof(Row row) {
        Map<String, Object> client = client(row.proofOf() == null ? row.client() : row.proofOf());
        try {
            Map<String, Object> federated = JSONObjectUtils.getJSONObject(client, "federated");
            return new Proof(
                    Path.of(text(client, "certificateFile")),
                    Path.of(text(client, "privateKeyFile")),
                    Path.of(text(client, "certificateWithKeyFile")),
                    row.tokenFile() == null
                            ? Path.of(text(federated, "tokenFile"))
                            : devJson().resolveSibling(row.tokenFile()));
        } catch (ParseException e) {
            throw new IllegalStateException("dev.json: federated is not an object", e);
        }
    }

    static String tenantId() {
        return text(CONTOSO, "id");
    }

    static String servicePrincipalId(Row row) {
        return text(client(row.client()), "servicePrincipalId");
    }

    static String issuer(String version) {
        return BASE_URL + "/" + tenantId() + "/" + ("1.0".equals(version) ? "" : "v2.0");
    }

    /** One row of each token version, for runs that differ only in how the client is set up. */
    static List<Row> firstTokens() {
        return GRANTS.subList(0, 2);
    }

    static List<Row> grants() {
        return GRANTS;
    }

    static List<Row> refusals() {
        return REFUSALS;
    }

    static List<Row> assertionGrants() {
        return ASSERTION_GRANTS;
    }

    static List<Row> assertionRefusals() {
        return ASSERTION_REFUSALS;
    }

    private static String tenantDomain() {
        try {
            return JSONObjectUtils.getStringList(CONTOSO, "domains").get(0);
        } catch (ParseException e) {
            throw new IllegalStateException("dev.json names no domain of Contoso", e);
        }
    }

    private static Map<String, Object> client(String displayName) {
        return named(CLIENTS, displayName);
    }

    private static Map<String, Object> named(Map<String, Object>[] objects, String displayName) {
        return Arrays.stream(objects)
                .filter(object -> displayName.equals(object.get("displayName")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "dev.json names no " + displayName + ": start with interop/directory.yaml"));
    }

    private static String text(Map<String, Object> object, String member) {
        try {
            return JSONObjectUtils.getString(object, member);
        } catch (ParseException e) {
            throw new IllegalStateException("dev.json: " + member + " is not a string", e);
        }
    }

    private static Stream<Map<String, Object>> rows(
            Map<String, Object> scenarios, String kind) throws ParseException {
        return Arrays.stream(JSONObjectUtils.getJSONObjectArray(scenarios, kind));
    }

    private static Path devJson() {
        String path = System.getenv("COUNTERSIGN_DEV_JSON");
        if (path == null) {
            throw new IllegalStateException(
                    "COUNTERSIGN_DEV_JSON is not set: start `countersign dev` and point it at dev.json");
        }
        return Path.of(path);
    }

    private static Map<String, Object> readJson(Path path) throws IOException, ParseException {
        return JSONObjectUtils.parse(Files.readString(path));
    }

    private static Path trustStore(Path caFile) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(caFile)) {
            store.setCertificateEntry(
                    "countersign", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        Path path = Files.createTempFile("countersign-interop", ".p12");
        path.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(path)) {
            store.store(out, TRUST_STORE_PASSWORD.toCharArray());
        }
        return path;
    }
}
