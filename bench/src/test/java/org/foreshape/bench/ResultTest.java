package org.foreshape.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ResultTest {
    @TempDir private Path folder;

    @Test
    void shouldWriteWhatIsWantedAndWhetherItIsMet() throws Exception {
        Result result = new Result("x");
        result.add("series", new double[] {3, 1, 2});
        result.wantAtLeast("high", Result.median(new double[] {3, 1, 2}), 1.5);
        result.wantAtMost("low", Result.max(new double[] {3, 1, 2}), 2);
        result.wantAtMost("unknown", Double.NaN, 2);
        result.write(folder, "");
        result.write(folder, "part");

        assertThat(folder.resolve("x-part.json")).exists();
        JsonNode json = JsonMapper.shared().readTree(Files.readString(folder.resolve("x.json")));
        JsonNode wanted = json.path("wanted");
        assertThat(wanted.get(0).path("label").asString()).isEqualTo("high");
        assertThat(wanted.get(0).path("bound").asString()).isEqualTo(">= 1.5");
        assertThat(wanted.get(0).path("met").asBoolean()).isTrue();
        assertThat(wanted.get(1).path("met").asBoolean()).isFalse();
        assertThat(wanted.get(2).path("met").asBoolean()).isFalse();
        assertThat(json.path("series").path("series")).hasSize(3);
    }
}
