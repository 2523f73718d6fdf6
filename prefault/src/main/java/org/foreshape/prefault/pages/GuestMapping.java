package org.foreshape.prefault.pages;

/**
 * One region of a guest's memory, as the VMM describes it.
 *
 * @param address where it lies in the VMM
 * @param sizeBytes its size
 * @param fileOffsetBytes where its content begins in the snapshot's memory file
 * @param pageBytes the size of its pages: 4096, or 2 MiB for hugetlbfs
 */
record GuestMapping(long address, long sizeBytes, long fileOffsetBytes, long pageBytes) {
    /** The size of a base page, and the unit in which the memory file is counted. */
    static final int BASE_PAGE_BYTES = 4096;

    /** Why this mapping cannot be served from a file of a size; empty when it can. */
    String fault(long fileBytes) {
        if (pageBytes < BASE_PAGE_BYTES || Long.bitCount(pageBytes) != 1) {
            return "page_size must be a power of two of at least 4096, not " + pageBytes;
        }
        if (address <= 0 || address % pageBytes != 0) {
            return "base_host_virt_addr 0x%x is not at a page of %d bytes"
                    .formatted(address, pageBytes);
        }
        if (sizeBytes <= 0 || sizeBytes % pageBytes != 0) {
            return "size " + sizeBytes + " is not a positive multiple of " + pageBytes;
        }
        if (fileOffsetBytes < 0 || fileOffsetBytes % BASE_PAGE_BYTES != 0) {
            return "offset " + fileOffsetBytes + " is not a multiple of 4096";
        }
        if (sizeBytes > Long.MAX_VALUE - address || fileOffsetBytes > fileBytes - sizeBytes) {
            return "the mapping at offset %d of %d bytes goes beyond the memory file of %d bytes"
                    .formatted(fileOffsetBytes, sizeBytes, fileBytes);
        }
        return "";
    }
}
