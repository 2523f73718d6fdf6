package org.foreshape.prefault.pages;

import org.foreshape.nativebindings.linux.Userfaultfd;

/**
 * How pages get into a guest. Of one thread; allocates nothing. All return bytes done or the
 * negated error number, as {@link Userfaultfd#copy}.
 */
sealed interface PageInstaller permits CopyInstaller, SharedInstaller {
    /** Installs pages of the memory file, none of which was ever installed. */
    long install(long address, long fileOffset, long lengthBytes);

    /** Answers a fault on a page that was installed or removed before. */
    long answerAgain(long address, long fileOffset, long lengthBytes);
}
