/** The least a page needs to say "the other tab, please": what the floor of a tab switch is measured with. */
import { contextBridge, ipcRenderer } from 'electron';

contextBridge.exposeInMainWorld('bare', {
  switch: (index: number) => {
    ipcRenderer.send('switch', index);
  },
});
