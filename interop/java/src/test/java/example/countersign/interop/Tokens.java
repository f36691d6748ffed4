package example.countersign.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Token checks with nimbus-jose-jwt, through our discovery document. */
final class Tokens {
    private static final DefaultResourceRetriever HTTP = new DefaultResourceRetriever(10_000, 10_000);

    private Tokens() {}

    /** Verifies the token as a receiving service would, then compares every claim with the row. */
    static void check(Row row, String token) throws Exception {
        JWTClaimsSet claims = verify(Deployment.issuer(row.version()), row.audience(), token);
        String application = "1.0".equals(row.version()) ? "appid" : "azp";

        assertEquals(row.version(), claims.getStringClaim("ver"));
        assertEquals(Deployment.tenantId(), claims.getStringClaim("tid"));
        assertEquals(Deployment.servicePrincipalId(row), claims.getStringClaim("oid"));
        assertEquals(Deployment.servicePrincipalId(row), claims.getSubject());
        assertEquals(Deployment.credentials(row).clientId(), claims.getStringClaim(application));
        assertEquals(row.proof() == null ? "1" : "2", claims.getStringClaim(application + "acr"));
        assertEquals(row.roles().isEmpty() ? null : row.roles(), claims.getStringListClaim("roles"));
        assertFalse(claims.getClaims().containsKey("scp"));
    }

    static JWTClaimsSet verify(String issuer, String audience, String token)
            throws IOException, ParseException, BadJOSEException, JOSEException {
        URI metadataUrl = URI.create(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration");
        Map<String, Object> metadata =
                JSONObjectUtils.parse(HTTP.retrieveResource(metadataUrl.toURL()).getContent());
        assertEquals(issuer, metadata.get("issuer"));
        assertEquals(
                List.of("RS256"),
                JSONObjectUtils.getStringList(metadata, "id_token_signing_alg_values_supported"));

        URI keys = JSONObjectUtils.getURI(metadata, "jwks_uri");
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                JWSAlgorithm.RS256, JWKSourceBuilder.create(keys.toURL(), HTTP).build()));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience,
                new JWTClaimsSet.Builder().issuer(issuer).build(),
                Set.of("exp", "nbf", "iat", "sub")));
        return processor.process(token, null);
    }
}
