/**
 * SQL for when the day after that of `moment` begins in a time zone: the first moment that has its date there. Both are SQL
 * expressions.
 *
 * Where clocks go back over midnight, that hour is twice, and PostgreSQL takes the later one (`usual`); where they go back at
 * midnight, to the day before, it is right. So the midnight by the clock of half a day before (`earlier`) is taken where its
 * date is that of the new day. A midnight that is left out begins its day where the clocks go forward, and a day that is left out
 * has none.
 */
export const nextDayAt = (moment: string, zone: string): string => `(
  select case when (earlier at time zone ${zone}) >= midnight then least(earlier, usual) else usual end
  from (
    select *, usual - interval '12 hours' + (midnight - ((usual - interval '12 hours') at time zone ${zone})) as earlier
    from (
      select *, midnight at time zone ${zone} as usual
      from (select date_trunc('day', ${moment} at time zone ${zone}) + interval '1 day' as midnight offset 0) as local_time
      offset 0
    ) as by_usual_clock
    offset 0
  ) as by_both_clocks
)`
