package org.foreshape.prefault.pages;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * Userfaultfds that are not served and must not be closed while the memory behind them lives: those
 * of refused restores and of forked children. Their guests wait, which is better than zero pages.
 */
final class Parking {
    /** One of them, its number with the keeper, and what else is closed together with it. */
    private record Parked(long key, Userfaultfd userfaultfd, Runnable closeOthers) {
        void close() {
            userfaultfd.close();
            closeOthers.run();
        }
    }

    private final List<Parked> parked = new ArrayList<>();

    synchronized void park(long key, Descriptor userfaultfd, Runnable closeOthers) {
        parked.add(new Parked(key, Userfaultfd.adopt(userfaultfd), closeOthers));
    }

    /**
     * Closes those whose memory is gone.
     *
     * @param dropped is told the number of each, before it is closed
     */
    synchronized void closeGone(LongConsumer dropped) {
        parked.removeIf(one -> {
            boolean gone = one.userfaultfd().isOwnerGone();
            if (gone) {
                dropped.accept(one.key());
                one.close();
            }
            return gone;
        });
    }

    synchronized int count() {
        return parked.size();
    }

    /** Closes all; only once a keeper holds them too. */
    synchronized void closeAll() {
        parked.forEach(Parked::close);
        parked.clear();
    }
}
