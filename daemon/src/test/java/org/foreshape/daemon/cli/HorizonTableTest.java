package org.foreshape.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.foreshape.daemon.engine.HorizonReport;
import org.foreshape.inference.horizon.HorizonMap;
import org.foreshape.inference.task.TaskEstimator;
import org.foreshape.inference.task.TaskResource;
import org.foreshape.inference.task.TaskTraits;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class HorizonTableTest {
    /** Five finished tasks of a type, all alike. */
    private static HorizonMap map() {
        TaskEstimator estimator = new TaskEstimator();
        TaskTraits traits = new TaskTraits();
        for (int k = 0; k < 5; k++) {
            traits.clear();
            traits.type.set("sort:large");
            traits.priority = 5;
            traits.actual[TaskResource.MEMORY.ordinal()] = 512 * 1024;
            traits.actual[TaskResource.CPU.ordinal()] = 1500;
            traits.actual[TaskResource.STORAGE.ordinal()] = 2048 * 1024;
            traits.actual[TaskResource.DURATION.ordinal()] = 90e9;
            estimator.learn(traits);
        }
        return new HorizonMap(0, List.of(), List.of(), Map.of(), estimator.snapshot());
    }

    @Test
    void shouldExportWhatIsLearntOfTypesWithItsSampleSize() {
        JsonNode laws = HorizonReport.toJson(map()).path("task_types");
        assertThat(laws.size()).as("all, family and type, of four figures each").isEqualTo(12);
        Map<String, Double> medians =
                Map.of("memory", 512., "cpu", 1.5, "storage", 2048., "duration", 90.);
        int types = 0;
        for (JsonNode law : laws) {
            assertThat(law.path("sample_count").asInt()).isEqualTo(5);
            if (law.path("level").asString().equals("type")) {
                assertThat(law.path("name").asString()).isEqualTo("sort:large");
                double median = medians.getOrDefault(law.path("figure").asString(), Double.NaN);
                assertThat(law.path("quantiles").path("0.5").asDouble())
                        .isCloseTo(median, within(.3 * median));
                types++;
            }
        }
        assertThat(types).isEqualTo(4);
    }

    @Test
    void shouldPrintTypesWithTheirSampleSize() {
        StringWriter text = new StringWriter();
        HorizonTable.print(new PrintWriter(text, true), HorizonReport.toJson(map()));
        assertThat(text.toString())
                .contains("what finished tasks taught")
                .containsPattern("sort:large +duration +5 ");
    }
}
