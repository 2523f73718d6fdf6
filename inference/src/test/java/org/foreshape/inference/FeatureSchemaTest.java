package org.foreshape.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.foreshape.ring.event.ForecastSection;
import org.foreshape.ring.event.Horizon;
import org.foreshape.ring.event.Quantiles;
import org.foreshape.ring.event.Resource;
import org.junit.jupiter.api.Test;

class FeatureSchemaTest {
    @Test
    void shouldAgreeWithTheEventOnQuantilesHorizonsAndLayout() {
        assertThat(FeatureSchema.QUANTILE_COUNT).isEqualTo(Quantiles.COUNT);
        for (int q = 0; q < Quantiles.COUNT; q++) {
            assertThat(FeatureSchema.quantiles()[q]).isEqualTo(Quantiles.level(q));
        }
        // No model forecasts storage: it is the last resource, and models have all others.
        assertThat(FeatureSchema.RESOURCE_COUNT).isEqualTo(Resource.STORAGE.ordinal());
        assertThat(Resource.COUNT).isEqualTo(Resource.STORAGE.ordinal() + 1);
        assertThat(FeatureSchema.OUTPUT_COUNT)
                .isEqualTo(ForecastSection.offset(0, Resource.STORAGE, Horizon.MINUTES_5));
        for (Resource resource : List.of(Resource.MEMORY, Resource.CPU)) {
            for (Horizon horizon : Horizon.values()) {
                assertThat(FeatureSchema.outputIndex(resource.ordinal(), horizon.ordinal(), 3))
                        .isEqualTo(ForecastSection.offset(0, resource, horizon) + 3);
                assertThat(300 * FeatureSchema.horizonSteps()[horizon.ordinal()])
                        .isEqualTo(60 * horizon.minutes());
            }
        }
    }

    @Test
    void shouldNameEveryInputInItsText() {
        long inputs =
                FeatureSchema.canonicalText().lines().filter(l -> l.startsWith("in ")).count();
        assertThat(inputs).isEqualTo(FeatureSchema.FEATURE_COUNT);
        assertThat(FeatureSchema.HASH).matches("[0-9a-f]{64}");
    }
}
