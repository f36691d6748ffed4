package example.countersign.interop;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.List;
import java.util.Map;

/**
 * One line of the shared table of scenarios: a grant or a refusal. Without a secret, {@code proof} is
 * {@code certificate} or {@code federated}, and {@code proofOf} whose it is, if not the client's own.
 * {@code tokenFile} is of an issuer beside the server: a path from the folder of {@code dev.json}.
 */
record Row(
        String scenario,
        String client,
        String secret,
        String tenant,
        String resource,
        String version,
        String audience,
        List<String> roles,
        long code,
        String error,
        String proof,
        String proofOf,
        String tokenFile) {

    static Row grant(Map<String, Object> json) {
        try {
            return new Row(
                    JSONObjectUtils.getString(json, "scenario"),
                    JSONObjectUtils.getString(json, "client"),
                    null,
                    JSONObjectUtils.getString(json, "tenant"),
                    JSONObjectUtils.getString(json, "resource"),
                    JSONObjectUtils.getString(json, "version"),
                    JSONObjectUtils.getString(json, "audience"),
                    JSONObjectUtils.getStringList(json, "roles"),
                    0,
                    null,
                    JSONObjectUtils.getString(json, "proof"),
                    JSONObjectUtils.getString(json, "proofOf"),
                    JSONObjectUtils.getString(json, "tokenFile"));
        } catch (ParseException e) {
            throw new IllegalStateException("scenarios.json holds a grant of another shape", e);
        }
    }

    static Row refusal(Map<String, Object> json) {
        try {
            return new Row(
                    JSONObjectUtils.getString(json, "scenario"),
                    JSONObjectUtils.getString(json, "client"),
                    JSONObjectUtils.getString(json, "secret"),
                    "id",
                    JSONObjectUtils.getString(json, "resource"),
                    null,
                    null,
                    List.of(),
                    JSONObjectUtils.getLong(json, "code"),
                    JSONObjectUtils.getString(json, "error"),
                    JSONObjectUtils.getString(json, "proof"),
                    JSONObjectUtils.getString(json, "proofOf"),
                    JSONObjectUtils.getString(json, "tokenFile"));
        } catch (ParseException e) {
            throw new IllegalStateException("scenarios.json holds a refusal of another shape", e);
        }
    }

    String scope() {
        return resource + "/.default";
    }

    boolean byCertificate() {
        return "certificate".equals(proof);
    }

    /** How the error description of a refusal must begin; SDKs quote it as it is. */
    String aadsts() {
        return "AADSTS" + code + ": ";
    }

    /** The scenario: test runners show a row by it, and the results file names it so. */
    @Override
    public String toString() {
        return scenario;
    }
}
