package org.foreshape.daemon.hands;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the hands need of the configuration.
 *
 * @param warmFolder where what tasks read is kept; null: nothing is learnt and nothing loaded
 * @param guestFiles folder with the lists of files to read in guests; null: none
 * @param pace of acts on pages
 */
public record HandSettings(@Nullable Path warmFolder, @Nullable Path guestFiles, PagePace pace) {
    /** Acts on pages only. */
    public static HandSettings pagesOnly() {
        return new HandSettings(null, null, PagePace.GENTLE);
    }
}
