package org.foreshape.prefault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.foreshape.nativebindings.linux.Privileges;
import org.junit.jupiter.api.Test;

class PathSupportTest {
    private static final HostFacts ROOT =
            new HostFacts("madvise", "inherit", true, true, true, HostFacts.FileWindows.BY_SWITCH);
    private static final HostFacts NOBODY = new HostFacts("madvise", "inherit", false, true, false);
    private static final Privileges ALL = new Privileges(0, -1L);
    private static final Privileges NONE = new Privileges(1000, 0);

    private static PathSupport of(List<PathSupport> all, PrefaultPath path) {
        return all.stream().filter(one -> one.path() == path).findFirst().orElseThrow();
    }

    @Test
    void shouldOpenEveryPathToRootOnAKernelOfToday() {
        assertThat(PathSupport.of(ROOT, ALL, 618))
                .hasSize(9)
                .allMatch(PathSupport::isAvailable)
                .allMatch(one -> one.reason().contains("open"));
    }

    @Test
    void shouldNameWhatIsMissing() {
        List<PathSupport> none = PathSupport.of(NOBODY, NONE, 618);
        assertThat(of(none, PrefaultPath.ANON_COLLAPSE))
                .matches(one -> !one.isAvailable() && one.reason().contains("CAP_SYS_NICE"));
        assertThat(of(none, PrefaultPath.ANON_SWITCH).reason())
                .contains("CAP_SYS_NICE")
                .contains("not writable");
        assertThat(of(none, PrefaultPath.MEMFD_MAP))
                .matches(one -> one.isAvailable() && one.reason().contains("CAP_SYS_PTRACE"));
        assertThat(of(none, PrefaultPath.MEMFD_WINDOWS))
                .matches(one -> !one.isAvailable() && one.reason().contains("shmem_enabled"));
        assertThat(of(none, PrefaultPath.OWN_POPULATE).isAvailable()).isTrue();

        HostFacts older = new HostFacts("madvise", null, false, true, true);
        assertThat(of(PathSupport.of(older, ALL, 605), PrefaultPath.ANON_SWITCH).reason())
                .contains("6.8");
        assertThat(of(PathSupport.of(older, ALL, 510), PrefaultPath.MEMFD_MAP).reason())
                .contains("5.14");
        assertThat(of(PathSupport.of(older, ALL, 510), PrefaultPath.ANON_COLLAPSE).reason())
                .contains("6.1");
    }

    @Test
    void shouldReadTheKernelsWords() {
        assertThat(PathSupport.version("6.18.44-cloud")).isEqualTo(618);
        assertThat(PathSupport.version("5.4")).isEqualTo(504);
        assertThat(PathSupport.version("unknown")).isZero();
        assertThat(PathSupport.ofThisHost()).hasSize(9);
    }
}
