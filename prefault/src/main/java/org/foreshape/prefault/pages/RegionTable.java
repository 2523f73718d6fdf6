package org.foreshape.prefault.pages;

import java.util.Comparator;
import java.util.List;

/**
 * Where each address of a guest's memory lies in the memory file. Of one thread. Lookups allocate
 * nothing.
 */
final class RegionTable {
    private final long[] start = new long[HandshakeMessage.MAPPINGS_MAX];
    private final long[] end = new long[HandshakeMessage.MAPPINGS_MAX];
    private final long[] fileOffset = new long[HandshakeMessage.MAPPINGS_MAX];
    private final long[] pageBytes = new long[HandshakeMessage.MAPPINGS_MAX];
    private int count;

    /**
     * The table of a VMM's mappings.
     *
     * @throws HandshakeException when one cannot be served, or two overlap
     */
    static RegionTable of(List<GuestMapping> mappings, long fileBytes) throws HandshakeException {
        for (GuestMapping mapping : mappings) {
            String fault = mapping.fault(fileBytes);
            if (!fault.isEmpty()) {
                throw new HandshakeException(fault);
            }
        }
        requireApart(mappings, Comparator.comparingLong(GuestMapping::address), true);
        requireApart(mappings, Comparator.comparingLong(GuestMapping::fileOffsetBytes), false);
        RegionTable table = new RegionTable();
        for (GuestMapping mapping : mappings) {
            table.add(
                    mapping.address(),
                    mapping.sizeBytes(),
                    mapping.fileOffsetBytes(),
                    mapping.pageBytes());
        }
        return table;
    }

    private static void requireApart(
            List<GuestMapping> mappings, Comparator<GuestMapping> order, boolean byAddress)
            throws HandshakeException {
        List<GuestMapping> sorted = mappings.stream().sorted(order).toList();
        for (int i = 1; i < sorted.size(); i++) {
            GuestMapping before = sorted.get(i - 1);
            GuestMapping next = sorted.get(i);
            long gap =
                    byAddress
                            ? next.address() - before.address()
                            : next.fileOffsetBytes() - before.fileOffsetBytes();
            if (gap < before.sizeBytes()) {
                throw new HandshakeException("two mappings overlap: " + before + " and " + next);
            }
        }
    }

    /** Adds a region; false when the table is full. */
    boolean add(long address, long sizeBytes, long fileOffsetBytes, long pageSizeBytes) {
        if (count == start.length) {
            return false;
        }
        start[count] = address;
        end[count] = address + sizeBytes;
        fileOffset[count] = fileOffsetBytes;
        pageBytes[count] = pageSizeBytes;
        count++;
        return true;
    }

    int count() {
        return count;
    }

    /** The region that holds an address, or -1. */
    int find(long address) {
        for (int i = 0; i < count; i++) {
            if (address >= start[i] && address < end[i]) {
                return i;
            }
        }
        return -1;
    }

    /** The region that holds a place of the file, or -1. */
    int findFile(long offset) {
        for (int i = 0; i < count; i++) {
            if (offset >= fileOffset[i] && offset < fileOffset[i] + end[i] - start[i]) {
                return i;
            }
        }
        return -1;
    }

    long start(int region) {
        return start[region];
    }

    long end(int region) {
        return end[region];
    }

    long fileOffset(int region) {
        return fileOffset[region];
    }

    long pageBytes(int region) {
        return pageBytes[region];
    }

    long toFile(int region, long address) {
        return fileOffset[region] + address - start[region];
    }

    long toAddress(int region, long offset) {
        return start[region] + offset - fileOffset[region];
    }

    /**
     * Follows memory that its owner has moved to another address: what lay in the old range is cut
     * out of its regions and served at the new place.
     *
     * @return false when the table has no room left
     */
    boolean move(long from, long to, long lengthBytes) {
        for (int i = count - 1; i >= 0; i--) {
            long cutStart = Math.max(from, start[i]);
            long cutEnd = Math.min(from + lengthBytes, end[i]);
            if (cutStart < cutEnd) {
                long moved = toFile(i, cutStart);
                long page = pageBytes[i];
                if (!cut(i, cutStart, cutEnd)
                        || !add(to + cutStart - from, cutEnd - cutStart, moved, page)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean cut(int i, long cutStart, long cutEnd) {
        boolean head = start[i] < cutStart;
        boolean tail = cutEnd < end[i];
        if (head && tail && count == start.length) {
            return false;
        }
        if (head && tail) {
            add(cutEnd, end[i] - cutEnd, toFile(i, cutEnd), pageBytes[i]);
            end[i] = cutStart;
        } else if (head) {
            end[i] = cutStart;
        } else if (tail) {
            fileOffset[i] = toFile(i, cutEnd);
            start[i] = cutEnd;
        } else {
            count--;
            start[i] = start[count];
            end[i] = end[count];
            fileOffset[i] = fileOffset[count];
            pageBytes[i] = pageBytes[count];
        }
        return true;
    }
}
