package org.foreshape.prefault.warm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageUseTest {
    @TempDir Path folder;

    @Test
    void shouldTellHowAProcessHasAFileOpen() throws Exception {
        int self = (int) ProcessHandle.current().pid();
        Path image = Files.write(folder.resolve("disk.img"), new byte[8192]);
        assertThat(ImageUse.of(self, image)).isEqualTo(ImageUse.NOT_OPEN);
        try (FileChannel direct = FileChannel.open(image, direct())) {
            assertThat(direct.size()).isEqualTo(8192);
            assertThat(ImageUse.of(self, image)).isEqualTo(ImageUse.DIRECT);
            // Another name of the same file, as seen from another mount namespace.
            Path alias = Files.createLink(folder.resolve("alias.img"), image);
            assertThat(ImageUse.of(self, alias)).isEqualTo(ImageUse.DIRECT);
            try (FileChannel cached = FileChannel.open(image)) {
                assertThat(cached.size()).isEqualTo(8192);
                assertThat(ImageUse.of(self, image)).isEqualTo(ImageUse.CACHED);
            }
            WarmupLearner learner =
                    new WarmupLearner(folder.resolve("learnt"), WarmSettings.defaults());
            WarmPlan plan = learner.plan("build", image, self);
            assertThat(plan.isAvailable()).isFalse();
            assertThat(plan.reason())
                    .isEqualTo("unavailable: the VM opens its image with O_DIRECT (cache='none')");
        }
        assertThat(ImageUse.of(self, image)).isEqualTo(ImageUse.NOT_OPEN);
    }

    @Test
    void shouldNotKnowOfAnAbsentProcessOrFile() {
        assertThat(ImageUse.of(1 << 22, folder)).isEqualTo(ImageUse.NOT_OPEN);
        int self = (int) ProcessHandle.current().pid();
        assertThat(ImageUse.of(self, folder.resolve("absent"))).isEqualTo(ImageUse.UNKNOWN);
    }

    @Test
    void shouldKnowTheFlagOfEachMachine() {
        assertThat(ImageUse.isDirect(0x4000, "amd64")).isTrue();
        assertThat(ImageUse.isDirect(0x10000, "amd64")).isFalse();
        assertThat(ImageUse.isDirect(0x10000, "aarch64")).isTrue();
        assertThat(ImageUse.isDirect(0x4000, "aarch64")).isFalse();
    }

    /**
     * By name, for the compiler warns of this option of the JDK in a way that cannot be silenced.
     */
    private static OpenOption direct() throws ReflectiveOperationException {
        return (OpenOption)
                Class.forName("com.sun.nio.file.ExtendedOpenOption").getField("DIRECT").get(null);
    }
}
