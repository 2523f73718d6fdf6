package org.foreshape.journal;

/** Room marker, replaced by the room itself. */
public final class Room {
    private Room() {}
}
