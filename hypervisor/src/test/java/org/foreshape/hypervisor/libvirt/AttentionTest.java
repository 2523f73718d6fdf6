package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who is sampled how often. */
final class AttentionTest {
    private static final long GIB_KIB = 1024 * 1024;
    private static final double ROUNDS_PER_SECOND = 40;

    private static final class Vm implements Attention.Candidate {
        private final double exhaustionS;
        private long intervalNs;

        Vm(double exhaustionS) {
            this.exhaustionS = exhaustionS;
        }

        @Override
        public double exhaustionS() {
            return exhaustionS;
        }

        @Override
        public void setIntervalNs(long newIntervalNs) {
            intervalNs = newIntervalNs;
        }
    }

    @Test
    void shouldGiveEveryOneOfFourVmsTheFullRate() {
        List<Vm> vms = List.of(new Vm(900), new Vm(50), new Vm(Double.MAX_VALUE), new Vm(0.1));

        new Attention(ROUNDS_PER_SECOND).divide(vms);

        assertThat(vms).allMatch(vm -> vm.intervalNs == Attention.INTERVAL_NS_MIN);
    }

    @Test
    void shouldGiveTheBudgetToTheShortestTimeToExhaustion() {
        List<Vm> vms = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            vms.add(new Vm(100 - i));
        }

        new Attention(ROUNDS_PER_SECOND).divide(vms);

        assertThat(vms.subList(0, 16)).allMatch(vm -> vm.intervalNs == Attention.INTERVAL_NS_MAX);
        assertThat(vms.subList(16, 20)).allMatch(vm -> vm.intervalNs == Attention.INTERVAL_NS_MIN);
    }

    @Test
    void shouldShareTheBudgetEvenlyAmongMoreUrgentVmsThanItServes() {
        List<Vm> vms = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            vms.add(new Vm(i < 8 ? 0.5 : 500));
        }

        new Attention(ROUNDS_PER_SECOND).divide(vms);

        assertThat(vms.subList(0, 8)).allMatch(vm -> vm.intervalNs == 200_000_000);
        assertThat(vms.subList(8, 10)).allMatch(vm -> vm.intervalNs == Attention.INTERVAL_NS_MAX);
    }

    @Test
    void shouldNeverExceedTheBudgetNorSampleLessThanOnceASecond() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            double budget = random.nextInt(200);
            List<Vm> vms = new ArrayList<>();
            int count = random.nextInt(300);
            for (int i = 0; i < count; i++) {
                vms.add(new Vm(random.nextDouble() * random.nextInt(1, 20)));
            }

            new Attention(budget).divide(vms);

            double used = 0;
            for (Vm vm : vms) {
                assertThat(vm.intervalNs)
                        .as("seed %d", seed)
                        .isBetween(Attention.INTERVAL_NS_MIN, Attention.INTERVAL_NS_MAX);
                if (vm.intervalNs < Attention.INTERVAL_NS_MAX) {
                    used += 1e9 / vm.intervalNs;
                }
            }
            assertThat(used).as("seed %d, budget %f", seed, budget).isLessThan(budget + 1e-3);
        }
    }

    @Test
    void shouldFearAGuestThatMovesMoreThanACalmOne() {
        double calm = Attention.exhaustionS(GIB_KIB, 0);
        double moving = Attention.exhaustionS(GIB_KIB, 50 * 1024);
        double racing = Attention.exhaustionS(GIB_KIB, 2048.0 * 1024);

        assertThat(moving).isLessThan(calm);
        assertThat(racing).isEqualTo(0.5);
        assertThat(Attention.exhaustionS(-1, 0)).isEqualTo(Double.MAX_VALUE);
    }

    @Test
    void shouldRememberAFallForAWhile() {
        FallRate rate = new FallRate();
        rate.update(500_000, 1_000_000_000L);
        rate.update(400_000, 2_000_000_000L);
        assertThat(rate.kibPerS()).isEqualTo(100_000);

        rate.update(400_000, 4_000_000_000L);
        assertThat(rate.kibPerS()).isEqualTo(25_000);
        rate.update(450_000, 4_000_000_000L);
        rate.update(460_000, 3_000_000_000L);
        assertThat(rate.kibPerS()).as("only newer figures count").isEqualTo(25_000);
    }
}
