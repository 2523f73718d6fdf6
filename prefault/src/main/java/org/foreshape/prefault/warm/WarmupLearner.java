package org.foreshape.prefault.warm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.foreshape.nativebindings.linux.CachedFile;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.Residency;

/**
 * Learns which ranges of a VM's disk image the tasks of a type read, from what becomes resident in
 * the host's page cache while they run, and tells what to load before the next one. Ranges are kept
 * that at least half of the last runs have read.
 *
 * <p>What other tasks of the VM read at the same time is taken for the task's: it fades as the
 * ranges of other runs differ. Any thread; calls wait for each other. No method throws for what the
 * image, its store or the kernel does: the results say "unavailable: why".
 */
public final class WarmupLearner {
    private final WarmStore store;
    private final WarmSettings settings;

    /**
     * Nothing is read or written yet.
     *
     * @param folder where the learnt is kept, one small file an image; made when needed
     * @param settings resolution and bounds
     */
    public WarmupLearner(Path folder, WarmSettings settings) {
        this.store = new WarmStore(folder);
        this.settings = settings;
    }

    /**
     * Tells what to load for a task that is about to start. Reads the store, the image's inode and
     * the open files of the VM's process.
     *
     * @param taskType the task's type
     * @param image the VM's disk image
     * @param qemuPid the VM's process, to see whether it reads past the cache; 0 when unknown
     * @return the plan; for {@link Warmer#warm}
     */
    public synchronized WarmPlan plan(String taskType, Path image, int qemuPid) {
        ImageUse use = qemuPid > 0 ? ImageUse.of(qemuPid, image) : ImageUse.UNKNOWN;
        if (use == ImageUse.DIRECT) {
            return WarmPlan.unavailable(
                    image, "the VM opens its image with O_DIRECT (cache='none')");
        }
        if (use == ImageUse.NOT_OPEN) {
            return WarmPlan.unavailable(
                    image, "process " + qemuPid + " does not have " + image + " open");
        }
        try (CachedFile file = CachedFile.open(image)) {
            WarmStore.Loaded loaded = store.load(image);
            ImageMemory memory = memoryOf(loaded, file.identity());
            StepScores scores = memory.types().get(taskType);
            if (scores == null) {
                String remark = loaded.remark();
                return new WarmPlan(
                        image,
                        java.util.List.of(),
                        0,
                        true,
                        remark.isEmpty() ? "no run of " + taskType + " is known yet" : remark);
            }
            return new WarmPlan(
                    image,
                    scores.ranges(settings.stepBytes(), settings.bytesMax(), true),
                    scores.runCount(),
                    true,
                    "");
        } catch (LinuxException e) {
            return WarmPlan.unavailable(image, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Notes what is cached of an image when a task starts, after any warming of it.
     *
     * @param taskType the task's type
     * @param image the VM's disk image
     * @return to be given to {@link #learn} when the task has finished; dropping it is harmless
     */
    public ImageWatch watch(String taskType, Path image) {
        return ImageWatch.begin(
                Objects.requireNonNull(taskType, "taskType"), image, settings.stepBytes());
    }

    /**
     * Notes what is cached now that the task has finished, and keeps what that teaches.
     *
     * @param watch from {@link #watch}, each once
     * @return what was learnt
     */
    public synchronized LearnReport learn(ImageWatch watch) {
        Residency atStart = watch.atStart();
        CachedFile.Identity before = watch.identity();
        if (atStart == null || before == null) {
            return LearnReport.nothing(watch.reason());
        }
        try (CachedFile file = CachedFile.open(watch.image())) {
            CachedFile.Identity now = file.identity();
            if (now.device() != before.device() || now.inode() != before.inode()) {
                return LearnReport.nothing(
                        watch.image() + " was replaced by another file while the task ran");
            }
            Residency atFinish = file.residency(settings.stepBytes());
            WarmStore.Loaded loaded = store.load(watch.image());
            ImageMemory memory = memoryOf(loaded, now);
            StepScores scores = memory.type(watch.taskType(), settings.typeCountMax());
            int read = scores.learn(atStart, atFinish);
            store.save(watch.image(), memory);
            long learntBytes = 0;
            for (ByteRange range :
                    scores.ranges(settings.stepBytes(), settings.bytesMax(), false)) {
                learntBytes += range.lengthBytes();
            }
            return new LearnReport(
                    true,
                    read * settings.stepBytes(),
                    learntBytes,
                    scores.runCount(),
                    loaded.remark());
        } catch (LinuxException e) {
            return LearnReport.nothing(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return LearnReport.nothing(
                    "what was learnt cannot be written to "
                            + store.fileOf(watch.image())
                            + ": "
                            + e
                            + "; give this user the right to");
        }
    }

    private ImageMemory memoryOf(WarmStore.Loaded loaded, CachedFile.Identity now) {
        ImageMemory known = loaded.memory();
        if (known == null || known.stepBytes() != settings.stepBytes()) {
            return ImageMemory.empty(now, settings.stepBytes());
        }
        return known.of(now);
    }
}
