package org.foreshape.nativebindings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The generated tree is exactly what jextract wrote: no file edited, added or lost. */
class GeneratedSourcesTest {
    private static final Path ROOM =
            Path.of(System.getProperty("foreshape.nativebindings.basedir", "."));

    @Test
    void shouldMatchTheChecksumsOfTheGenerator() throws Exception {
        Map<String, String> committed = committedChecksums();

        assertThat(committed).hasSizeGreaterThan(50);
        assertThat(checksums(ROOM.resolve("src/main/generated")))
                .as("src/main/generated is edited by hand; run native-bindings/jextract/regenerate")
                .isEqualTo(committed);
    }

    @Test
    void shouldSeeAnEditedAnAddedAndALostFile(@org.junit.jupiter.api.io.TempDir Path copy)
            throws Exception {
        Path root = ROOM.resolve("src/main/generated");
        for (String file : committedChecksums().keySet()) {
            Files.createDirectories(copy.resolve(file).getParent());
            Files.copy(root.resolve(file), copy.resolve(file));
        }
        assertThat(checksums(copy)).isEqualTo(committedChecksums());

        Path first = copy.resolve(committedChecksums().keySet().iterator().next());
        Files.writeString(first, Files.readString(first) + " ");
        assertThat(checksums(copy)).isNotEqualTo(committedChecksums());
        Files.delete(first);
        assertThat(checksums(copy)).isNotEqualTo(committedChecksums());
        Files.copy(root.resolve(copy.relativize(first)), first);
        Files.writeString(copy.resolve("Added.java"), "class Added {}");
        assertThat(checksums(copy)).isNotEqualTo(committedChecksums());
    }

    @Test
    void shouldNameTheToolsThatMadeIt() throws Exception {
        Properties made = new Properties();
        try (var reader = Files.newBufferedReader(ROOM.resolve("jextract/GENERATED.properties"))) {
            made.load(reader);
        }

        assertThat(made.getProperty("jextract.commit")).matches("[0-9a-f]{40}");
        assertThat(Integer.parseInt(made.getProperty("libclang.major"))).isBetween(13, 15);
        assertThat(made.getProperty("libvirt.headers")).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
        assertThat(made.getProperty("libnuma.api")).isEqualTo("2");
    }

    private static Map<String, String> committedChecksums() throws IOException {
        Map<String, String> committed = new TreeMap<>();
        for (String line : Files.readAllLines(ROOM.resolve("jextract/GENERATED.sha256"))) {
            committed.put(line.substring(66), line.substring(0, 64));
        }
        return committed;
    }

    private static Map<String, String> checksums(Path root)
            throws IOException, NoSuchAlgorithmException {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                found.put(
                        root.relativize(file).toString(),
                        HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(file))));
            }
        }
        return found;
    }
}
