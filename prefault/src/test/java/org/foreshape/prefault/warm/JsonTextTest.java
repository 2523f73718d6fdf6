package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
    @Test
    void shouldReadBackWhateverItQuoted() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            var raw = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                raw.append(
                        random.nextBoolean()
                                ? "\"\\'/\n\t\b{}[],:\u0000".charAt(random.nextInt(14))
                                : (char) random.nextInt(0xD7FF));
            }
            String quoted = JsonText.quote(raw.toString());
            assertThat(quoted).as("seed " + seed).matches("[ -~]*");
            assertThat(JsonText.read(quoted)).as("seed " + seed).isEqualTo(raw.toString());
        }
    }

    @Test
    void shouldReadWhatAgentsAnswer() {
        Object read =
                JsonText.read(
                        " {\"return\": {\"pid\": 12, \"list\": [1.5e1, -2, true, false, null, {}],"
                                + " \"text\": \"a\\u00e4\\/\\n\", \"none\": []}} \n");
        assertThat(read)
                .isEqualTo(
                        Map.of(
                                "return",
                                Map.of(
                                        "pid",
                                        12.0,
                                        "list",
                                        Arrays.asList(15.0, -2.0, true, false, null, Map.of()),
                                        "text",
                                        "aä/\n",
                                        "none",
                                        List.of())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "{", "{\"a\"", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1", "\"", "\"\\x\"",
                "\"\\u12", "\"\\uzzzz\"", "tru", "nul", "1 2", "{} x", "--", "<html>", "{1:2}"
            })
    void shouldSayThatItIsNoJson(String text) {
        assertThatThrownBy(() -> JsonText.read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not JSON: expected");
    }

    @Test
    void shouldNotFollowNestingWithoutEnd() {
        assertThatThrownBy(() -> JsonText.read("[".repeat(100_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("less depth");
    }
}
