package org.foreshape.ring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StageLatenciesTest {
    @Test
    void shouldCompareEachDecisionWithItsOwnPartsUntilReset() {
        StageLatencies latencies = new StageLatencies();
        latencies.recordMultiple(300, 200);
        latencies.recordMultiple(1_400, 1_000);
        latencies.recordMultiple(9_000_000_000L, 1);
        assertThat(latencies.multiples().getValueAtPercentile(50)).isEqualTo(1_500);
        assertThat(latencies.multiples().getMinValue()).isEqualTo(1_400);
        assertThat(latencies.multiples().getTotalCount()).isEqualTo(3);
        latencies.reset();
        assertThat(latencies.multiples().getTotalCount()).isZero();
    }
}
