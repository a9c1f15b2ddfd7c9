with

source as (
    select * from {{ source('outreach_raw', 'dol_filings') }}
),

renamed as (
    select
        -- ids
        filing_id,
        {{ identity_text('company_unique_id') }},

        -- text
        type_plan_entity_cd as plan_entity_type,
        plan_name,
        spons_dfe_pn as plan_number,
        sponsor_dfe_name as sponsor_name,
        spons_dfe_mail_us_city as sponsor_city,
        spons_dfe_mail_us_state as sponsor_state,
        spons_dfe_ein as sponsor_ein,
        business_code,
        type_pension_bnft_code as pension_benefit_codes,
        type_welfare_bnft_code as welfare_benefit_codes,
        filing_status,

        -- numbers
        tot_partcp_boy_cnt as participant_count_at_start,
        tot_active_partcp_cnt as active_participant_count_at_end,
        num_sch_a_attached_cnt as schedule_a_count,

        -- booleans, blank in a filing where the answer is no
        coalesce(initial_filing_ind = '1', false) as is_initial_filing,
        coalesce(amended_ind = '1', false) as is_amended,
        coalesce(final_filing_ind = '1', false) as is_final_filing,
        coalesce(short_plan_yr_ind = '1', false) as is_short_plan_year,
        coalesce(sch_a_attached_ind = '1', false) as has_schedule_a,

        -- dates
        form_plan_year_begin_date as plan_year_begin_date,
        form_tax_prd as plan_year_end_date,
        plan_eff_date as plan_effective_date,
        date_received as received_date,

        -- timestamps
        loaded_at
    from source
)

select * from renamed
