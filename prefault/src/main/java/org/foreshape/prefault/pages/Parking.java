package org.foreshape.prefault.pages;

import java.util.ArrayList;
import java.util.List;
import org.foreshape.nativebindings.linux.Descriptor;
import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * Userfaultfds that are not served and must not be closed while the memory behind them lives: those
 * of refused restores and of forked children. Their guests wait, which is better than zero pages.
 */
final class Parking {
    private final List<Userfaultfd> parked = new ArrayList<>();

    synchronized void park(Descriptor userfaultfd) {
        parked.add(Userfaultfd.adopt(userfaultfd));
    }

    /** Closes those whose memory is gone. */
    synchronized void closeGone() {
        parked.removeIf(userfaultfd -> {
            boolean gone = userfaultfd.isOwnerGone();
            if (gone) {
                userfaultfd.close();
            }
            return gone;
        });
    }

    synchronized int count() {
        return parked.size();
    }

    /** Closes all, once a keeper holds them too. */
    synchronized void closeAll() {
        parked.forEach(Userfaultfd::close);
        parked.clear();
    }
}
