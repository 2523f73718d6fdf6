package org.foreshape.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.foreshape.ring.event.ActKind;
import org.junit.jupiter.api.Test;

/** The invariants of shaping, held against every plan that is made in random worlds. */
class RandomWorldsTest {
    private static final int WORLD_COUNT = 10_000;
    private static final ActKind[] HAND_KINDS =
            Arrays.stream(ActKind.values()).filter(kind -> !kind.resizes()).toArray(ActKind[]::new);

    private final Set<ActKind> kinds = EnumSet.noneOf(ActKind.class);

    @Test
    void shouldKeepTheInvariantsInRandomWorlds() {
        long base = Long.getLong("foreshape.seed", 20_261_122L);
        long acts = 0;
        long hands = 0;
        long shrinks = 0;
        long plans = 0;
        long depths = 0;
        for (int i = 0; i < WORLD_COUNT; i++) {
            long seed = base + i;
            RandomWorld world = new RandomWorld(seed);
            try {
                world.live();
            } catch (AssertionError e) {
                throw new AssertionError("-Dforeshape.seed=" + seed + ": " + e.getMessage(), e);
            }
            RandomWorldJudge judge = world.judge;
            kinds.addAll(judge.kinds);
            acts += judge.actCount;
            hands += judge.handCount;
            shrinks += judge.shrinkCount;
            plans += judge.planCount;
            depths += judge.depthCount;
        }
        System.out.println(
                "seed "
                        + base
                        + ": "
                        + WORLD_COUNT
                        + " worlds, "
                        + plans
                        + " plans, "
                        + acts
                        + " resizes, "
                        + hands
                        + " acts of the hands, "
                        + shrinks
                        + " shrinks, "
                        + depths
                        + " of them judged for depth");
        assertThat(hands).isGreaterThan(WORLD_COUNT / 2);
        assertThat(kinds).as("kinds that were planned").contains(HAND_KINDS);
        assertThat(acts).isGreaterThan(WORLD_COUNT);
        assertThat(shrinks).isGreaterThan(WORLD_COUNT / 2);
        assertThat(depths).isGreaterThan(WORLD_COUNT / 2);
    }

    @Test
    void shouldMakeTheSamePlansFromTheSameEvents() {
        for (long seed = 1; seed <= 50; seed++) {
            assertThat(digest(seed, false)).as("seed " + seed).isEqualTo(digest(seed, false));
        }
    }

    @Test
    void shouldMakeTheSamePlansWhetherItRehearsedOrNot() {
        for (long seed = 1; seed <= 500; seed++) {
            assertThat(digest(seed, true)).as("seed " + seed).isEqualTo(digest(seed, false));
        }
    }

    private static long digest(long seed, boolean rehearsing) {
        RandomWorld world = new RandomWorld(seed);
        world.feed.rehearsing = rehearsing;
        world.live();
        return world.judge.digest;
    }
}
