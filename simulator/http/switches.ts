/** What can be turned on and off while the simulator runs. */
export interface Switches {
  /** Every Assistants endpoint answers 404. */
  sunset: boolean;
}
