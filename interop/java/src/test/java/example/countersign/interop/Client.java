package example.countersign.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Names the client that a class of tests is about, and has their outcomes recorded. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Results.class)
@interface Client {
    String name();

    /** Maven group and artifact, as {@code group/artifact}: the version is read from its jar. */
    String artifact();
}
