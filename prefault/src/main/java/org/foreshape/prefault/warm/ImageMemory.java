package org.foreshape.prefault.warm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.foreshape.nativebindings.linux.CachedFile;

/** What is known of one image: the step scores of each task type. Not for several threads. */
final class ImageMemory {
    private final CachedFile.Identity identity;
    private final long stepBytes;
    private final Map<String, StepScores> types;

    ImageMemory(CachedFile.Identity identity, long stepBytes, Map<String, StepScores> types) {
        this.identity = identity;
        this.stepBytes = stepBytes;
        this.types = types;
    }

    static ImageMemory empty(CachedFile.Identity identity, long stepBytes) {
        return new ImageMemory(identity, stepBytes, new LinkedHashMap<>());
    }

    CachedFile.Identity identity() {
        return identity;
    }

    long stepBytes() {
        return stepBytes;
    }

    /** By name, the one unused for longest first. */
    Map<String, StepScores> types() {
        return types;
    }

    /** The scores of a type, made if absent; the type unused for longest gives way. */
    StepScores type(String taskType, int typeCountMax) {
        StepScores known = types.remove(taskType);
        StepScores scores = known == null ? new StepScores() : known;
        types.put(taskType, scores);
        while (types.size() > typeCountMax) {
            types.remove(types.keySet().iterator().next());
        }
        return scores;
    }

    /**
     * The same memory for the image as it is now. A longer image keeps what was learnt, as offsets
     * keep their meaning in raw and qcow2 images; a shorter one forgets what it lost; another file
     * of the same name knows nothing.
     */
    ImageMemory of(CachedFile.Identity now) {
        if (now.device() != identity.device() || now.inode() != identity.inode()) {
            return empty(now, stepBytes);
        }
        if (now.sizeBytes() < identity.sizeBytes()) {
            int stepCount = (int) ((now.sizeBytes() + stepBytes - 1) / stepBytes);
            types.values().forEach(scores -> scores.truncate(stepCount));
        }
        return new ImageMemory(now, stepBytes, types);
    }
}
