package org.foreshape.shaping.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no policy can make the world do, however wild its targets. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WorldPropertyTest {
    private static final double TINY_MIB = 1e-6;
    private static final int WORLDS = 60;

    /** Throws targets at the world and checks, one sub-step later, what came of them. */
    private static final class Wild implements Policy {
        private final SplittableRandom random;
        private final double limitMib;
        private final double[] before;
        private final double[] asked;
        private final boolean[] acted;
        long checks;

        Wild(SplittableRandom random, int vmCount, double limitMib) {
            this.random = random;
            this.limitMib = limitMib;
            before = new double[vmCount];
            asked = new double[before.length];
            acted = new boolean[before.length];
        }

        @Override
        public void appeared(Look look, int vm) {
            assertThat(look.present(vm)).as("cannot be acted on yet").isFalse();
            assertThat(look.allocationMib(vm)).isLessThanOrEqualTo(look.ceilingMib(vm) + TINY_MIB);
            before[vm] = look.allocationMib(vm);
        }

        @Override
        public void departed(Look look, int vm) {
            before[vm] = look.allocationMib(vm);
            acted[vm] = false;
        }

        @Override
        public void decide(Look look, double[] targetMib) {
            double sum = 0;
            for (int vm = 0; vm < before.length; vm++) {
                sum += look.allocatedMib(vm);
                double moved = look.allocationMib(vm) - before[vm];
                check(look, vm, moved);
                before[vm] = look.allocationMib(vm);
                acted[vm] = look.present(vm);
                asked[vm] = ask(look, vm);
                if (acted[vm]) {
                    targetMib[vm] = asked[vm];
                }
            }
            assertThat(sum).isLessThanOrEqualTo(limitMib + TINY_MIB);
        }

        private double ask(Look look, int vm) {
            return switch (random.nextInt(5)) {
                case 0 -> Double.NaN;
                case 1 -> -1e9;
                case 2 -> 1e12;
                case 3 -> look.allocationMib(vm);
                default -> random.nextDouble() * 1.5 * look.ceilingMib(vm);
            };
        }

        private void check(Look look, int vm, double moved) {
            checks++;
            if (!acted[vm]) {
                assertThat(moved).as("moved though nobody could act").isZero();
                return;
            }
            assertThat(moved)
                    .isBetween(-World.SHRINK_MIB_MAX - TINY_MIB, World.GROW_MIB_MAX + TINY_MIB);
            if (Double.isNaN(asked[vm])) {
                assertThat(moved).isZero();
                return;
            }
            double target = Math.clamp(asked[vm], look.floorMib(vm), look.ceilingMib(vm));
            double way = target - before[vm];
            if (way < 0) {
                assertThat(moved)
                        .as("a shrink is never scaled")
                        .isCloseTo(Math.max(way, -World.SHRINK_MIB_MAX), within(TINY_MIB));
            } else {
                assertThat(moved)
                        .isBetween(-TINY_MIB, Math.min(way, World.GROW_MIB_MAX) + TINY_MIB);
                if (limitMib == Double.POSITIVE_INFINITY) {
                    assertThat(moved)
                            .isCloseTo(Math.min(way, World.GROW_MIB_MAX), within(TINY_MIB));
                }
            }
        }
    }

    @Test
    void shouldKeepLimitRatesAndBoundsUnderWildTargets() {
        long checks = 0;
        for (long seed = 1; seed <= WORLDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int vms = 1 + random.nextInt(12);
            Demand demand = Worlds.random(random, vms, Worlds.SETTLING + 20);
            double limit =
                    random.nextInt(3) == 0
                            ? Double.POSITIVE_INFINITY
                            : 500 + random.nextDouble() * 10_000 * vms;
            Wild wild = new Wild(random, demand.trace().vmCount(), limit);
            try {
                Score score =
                        new Simulation(demand, limit, () -> 0).run("wild", truth -> wild, x -> {});
                assertThat(score.slackGibHours()).isGreaterThanOrEqualTo(0);
                assertThat(score.reservedGibHours())
                        .isLessThanOrEqualTo(score.staticGibHours() + TINY_MIB);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
            checks += wild.checks;
        }
        assertThat(checks).as("moves that were looked at").isGreaterThan(100_000);
    }

    @Test
    void shouldShareWhatIsLeftByOneFactor() {
        World world =
                new World(
                        Worlds.demand(
                                        new double[] {8000, 8000, 8000},
                                        new float[][] {
                                            Worlds.steady(80, 1),
                                            Worlds.steady(80, 1),
                                            Worlds.steady(80, 1)
                                        })
                                .trace(),
                        6000);
        world.attend(new boolean[] {true, true, true});
        assertThat(world.allocatedMib()).isEqualTo(6000);
        world.settle();
        world.targetMib[0] = 500;
        world.targetMib[1] = 5000;
        world.targetMib[2] = 2600;
        world.move();
        // 2000 - 1300 is what the first gives; 1300 are shared out as 3000 to 600.
        assertThat(world.allocationMib[0]).isEqualTo(700);
        assertThat(world.allocationMib[1]).isEqualTo(2000 + 1300 * 3000. / 3600);
        assertThat(world.allocationMib[2]).isEqualTo(2000 + 1300 * 600. / 3600);
    }

    @Test
    void shouldBringAVmBackWithWhatItLeftWith() {
        float[] gone = Worlds.steady(90, 100);
        gone[80] = Float.NaN;
        Demand demand = Worlds.demand(new double[] {4000}, new float[][] {gone});
        double[] seen = new double[2];
        Policy policy =
                new Policy() {
                    @Override
                    public void appeared(Look look, int vm) {
                        seen[seen[0] == 0 ? 0 : 1] = look.allocationMib(vm);
                    }

                    @Override
                    public void decide(Look look, double[] targetMib) {
                        targetMib[0] = 1500;
                    }
                };
        Score score =
                new Simulation(demand, Double.POSITIVE_INFINITY, () -> 0)
                        .run("p", truth -> policy, x -> {});
        assertThat(seen).containsExactly(4000, 1500);
        assertThat(score.staticGibHours())
                .as("79..80 and 80..81 are absent, and nothing comes after 89")
                .isEqualTo((90 - 72 - 3) * 4000 / 1024. / 12);
    }
}
