package org.foreshape.prefault.warm;

import java.nio.file.Path;
import org.foreshape.nativebindings.linux.CachedFile;
import org.foreshape.nativebindings.linux.LinuxException;
import org.foreshape.nativebindings.linux.Residency;
import org.jspecify.annotations.Nullable;

/**
 * An image under watch while a task runs: what was cached of it when the task started. Made by
 * {@link WarmupLearner#watch}, used up by {@link WarmupLearner#learn}. Holds nothing open.
 */
public final class ImageWatch {
    private final String taskType;
    private final Path image;
    private final CachedFile.@Nullable Identity identity;
    private final @Nullable Residency atStart;
    private final String reason;

    private ImageWatch(
            String taskType,
            Path image,
            CachedFile.@Nullable Identity identity,
            @Nullable Residency atStart,
            String reason) {
        this.taskType = taskType;
        this.image = image;
        this.identity = identity;
        this.atStart = atStart;
        this.reason = reason;
    }

    static ImageWatch begin(String taskType, Path image, long stepBytes) {
        try (CachedFile file = CachedFile.open(image)) {
            return new ImageWatch(taskType, image, file.identity(), file.residency(stepBytes), "");
        } catch (LinuxException | IllegalArgumentException e) {
            // An image of more steps than there may be is as unwatchable as one without rights.
            return new ImageWatch(taskType, image, null, null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * The task's type.
     *
     * @return as given
     */
    public String taskType() {
        return taskType;
    }

    /**
     * The image.
     *
     * @return as given
     */
    public Path image() {
        return image;
    }

    /**
     * Why the image cannot be watched.
     *
     * @return a sentence; empty: it is watched
     */
    public String reason() {
        return reason;
    }

    CachedFile.@Nullable Identity identity() {
        return identity;
    }

    @Nullable Residency atStart() {
        return atStart;
    }
}
